"""The log: where lines go, and who writes them."""
