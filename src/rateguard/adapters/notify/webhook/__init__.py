"""Tells a web server, as policyd-rate-guard does."""
