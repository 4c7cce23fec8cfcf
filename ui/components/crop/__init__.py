"""A square that is moved over a picture."""
