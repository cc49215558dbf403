"""
What other programs leave behind, read for those who move in.
"""
