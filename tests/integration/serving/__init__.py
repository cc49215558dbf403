"""What a mail server sees."""
