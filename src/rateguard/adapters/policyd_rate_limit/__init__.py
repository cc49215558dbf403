"""
Reads policyd-rate-limit's settings and says what they mean here.

Its limits are lists of a count and seconds, for everybody and for single names; it
keeps a row for each message that passed. Source: its README and the comments in
its sample settings, version 1.2.
"""
