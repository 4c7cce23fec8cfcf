"""The black patch: a network in plain Python that finds a small black square in a grey image."""
