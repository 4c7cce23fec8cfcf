"""Small grids of values: a tensor as it is printed, and as it lies in storage."""
