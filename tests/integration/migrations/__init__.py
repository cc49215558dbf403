"""The schema, brought up from whatever is there."""
