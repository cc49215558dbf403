"""From the environment to settings."""
