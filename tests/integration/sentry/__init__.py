"""Errors, reported to a service of the operator's."""
