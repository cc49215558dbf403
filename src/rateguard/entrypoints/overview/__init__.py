"""
``rateguard status``: everything at one glance, and whether all is well.
"""
