"""Ranks that average their gradients, chunk by chunk."""
