"""Tensors as torch has them: their storage, their graph of operations, and the devices where they lie."""
