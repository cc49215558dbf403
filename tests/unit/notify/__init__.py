"""Tokens, documents, and what notifiers are told."""
