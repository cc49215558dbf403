"""Postfix configuration, as far as the doctor reads it."""
