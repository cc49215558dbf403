"""
What ``rateguard sender``, ``messages`` and ``history`` show and say.
"""
