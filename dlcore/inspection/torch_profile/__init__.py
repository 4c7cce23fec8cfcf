"""Where the time of a network in PyTorch goes: by layer, by kernel, by batch size."""
