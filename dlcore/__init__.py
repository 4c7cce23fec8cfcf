"""Deep Learning Lab's library: data, networks, training, runs and pictures, free of any web framework.

Nothing is imported here, so that each part loads only what it needs.
"""
