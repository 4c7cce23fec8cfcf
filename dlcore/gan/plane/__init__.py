"""The same game in the plane: the forger moves points onto real ones, the detective colours the plane."""
