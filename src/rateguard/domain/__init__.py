"""The rules of the quota, pure: no I/O, no clock, no logging, no thread."""
