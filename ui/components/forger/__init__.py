"""The board of the game in the plane: real points, fakes, the detective's map, the forger's cloth."""
