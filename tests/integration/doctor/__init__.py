"""``rateguard doctor`` on a machine of its own."""
