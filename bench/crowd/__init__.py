"""
A month of a large site: a million senders, ten million messages.

The database makes the rows itself, from a series of numbers, which is ten times
as fast as sending them. All follows from the number of a row, so that every run
finds the same.
"""
