"""
Metrics and health, beside the daemon and never in the way of mail.
"""
