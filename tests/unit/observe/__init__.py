"""
The log of decisions.
"""
