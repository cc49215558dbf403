"""What systemd and its units say."""
