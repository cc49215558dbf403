"""What RateGuard does, one verb a file."""
