"""Images on their way into a batch, one after the other."""
