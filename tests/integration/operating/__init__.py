"""The commands of an operator's day, on real stores."""
