"""
Load for a running policy service: requests as Postfix writes them, sent as
Postfix sends them, every reply checked.
"""
