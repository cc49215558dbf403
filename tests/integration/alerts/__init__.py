"""From an event to whoever is told, through a daemon."""
