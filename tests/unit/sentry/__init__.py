"""What Sentry is told, and how often."""
