"""Digits on their way into batches: how they are drawn, prepared, stacked, and what they are."""
