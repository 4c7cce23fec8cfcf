"""The way to what has changed."""
