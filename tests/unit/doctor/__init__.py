"""What the doctor concludes from what it sees."""
