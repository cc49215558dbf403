"""
Tells by mail.
"""
