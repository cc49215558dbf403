"""
What the machine knows: its programs, and systemd.
"""
