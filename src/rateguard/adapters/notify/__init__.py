"""Tells somebody: webhook and mail."""
