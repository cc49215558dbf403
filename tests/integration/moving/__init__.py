"""Moving in from other programs, and back."""
