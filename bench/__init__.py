"""
Load for a running policy service: requests as Postfix writes them, sent as
Postfix sends them, every reply checked.

`bench.load` is the way in; `bench.selfcheck` tells what the client itself can
do, so that a figure of the service is never the client's own ceiling.
"""
