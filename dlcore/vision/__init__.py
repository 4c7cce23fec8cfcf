"""A network that names what a photograph shows, and every step on the way to its answer."""
