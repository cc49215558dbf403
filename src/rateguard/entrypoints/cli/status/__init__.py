"""``rateguard status``."""
