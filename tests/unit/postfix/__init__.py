"""The policy protocol and its translation."""
