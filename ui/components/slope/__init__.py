"""A function with a tangent that a hand moves, and its slope below it."""
