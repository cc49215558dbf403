"""
The commands, one a file. :mod:`rateguard.entrypoints.cli` knows them by name
and imports only the one that is asked for.
"""
