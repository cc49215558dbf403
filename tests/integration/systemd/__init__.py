"""As systemd runs it."""
