"""Deep Learning Lab's library: data, networks, training, runs and pictures, free of any web framework."""
