"""What Prometheus is shown: counted in plain Python, told when it asks."""
