"""
How commands show what they found: tables for people, JSON and CSV for scripts.
"""
