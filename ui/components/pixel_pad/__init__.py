"""A small image to paint."""
