"""The board of activations and gradients: a tangent moved by hand, and a stack of layers measured anew."""
