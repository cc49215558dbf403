"""
What passes between the daemon and systemd: sockets, word of how it is, and the
connections that its successor takes on.

Spoken by ourselves: datagrams of ``NAME=value`` lines, and three environment
variables. See sd_notify(3), sd_listen_fds(3) and daemon(7).
"""
