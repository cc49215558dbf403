"""What passes between the daemon and systemd."""
