"""What outlives the server: the database of runs, their checkpoints, the room they may take."""
