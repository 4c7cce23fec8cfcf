"""A deep stack of equal layers: what becomes of signals going in, and of gradients coming back."""
