"""What a worker does, a file for each kind of work."""
