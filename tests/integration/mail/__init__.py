"""Alerts as mail."""
