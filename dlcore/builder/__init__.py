"""Build your own network: blocks put in, moved, taken out; what that makes, and where it cannot be."""
