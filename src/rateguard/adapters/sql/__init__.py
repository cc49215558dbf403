"""Stores behind a DB-API driver: one implementation, a Dialect for each driver."""
