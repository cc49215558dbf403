"""The rules of the quota and the use cases over the store in memory."""
