"""A place to drop pictures."""
