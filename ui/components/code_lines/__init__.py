"""A script whose lines can be clicked."""
