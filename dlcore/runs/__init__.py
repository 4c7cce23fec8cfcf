"""Work in processes of its own: what kinds there are, who does it, how it is steered and followed."""
