"""The units, each on its own: no socket, file, database or sleep."""
