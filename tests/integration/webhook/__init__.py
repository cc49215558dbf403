"""The webhook against receivers of every kind."""
