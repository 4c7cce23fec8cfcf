"""Training a classifier of images: its settings, the loop, optimizers, evaluation, and what went wrong."""
