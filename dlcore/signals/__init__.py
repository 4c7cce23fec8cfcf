"""A stack of layers before its first step: signals on their way forward, gradients on their way back."""
