"""Postfix: its policy protocol and its names."""
