"""What is wrong on this machine, and its fix in one line."""
