"""The daemon: sockets, connections, lanes, and those who deliver notices."""
