"""What the command line prints: to people, and to scripts."""
