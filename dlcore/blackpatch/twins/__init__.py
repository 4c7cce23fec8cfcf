"""The plain network's twins: the same numbers with less code, in NumPy and in torch."""
