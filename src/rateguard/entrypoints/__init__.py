"""What is started: the daemon and the commands. The only ones who see everything."""
