"""What breaks around the daemon, and that mail flows all the same."""
