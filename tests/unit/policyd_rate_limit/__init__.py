"""Reading what other programs left behind."""
