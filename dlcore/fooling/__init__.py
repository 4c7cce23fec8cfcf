"""The smallest change of an image that makes a network read something else."""
