"""As it is installed."""
