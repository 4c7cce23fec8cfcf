"""Other images to train on than MNIST's: those of DLLAB_DATASETS, and the letters that come along."""
