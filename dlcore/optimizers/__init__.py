"""Hills to roll down, the rules that do it, and a race between them."""
