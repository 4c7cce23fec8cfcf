"""The board of autograd: an expression's graph as torch built it, leaves to move, gradients one by one."""
