"""What a network is made of: its layers, their sizes and costs, and autograd's graph."""
