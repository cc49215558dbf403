"""Tells by mail."""
