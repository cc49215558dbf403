"""Fault reports to Sentry."""
