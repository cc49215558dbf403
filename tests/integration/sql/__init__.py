"""What only a database server, or a large table, shows."""
