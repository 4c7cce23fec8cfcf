"""What a word means, in a box beside it."""
