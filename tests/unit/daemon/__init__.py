"""What the daemon is made of."""
