"""Somebody's own hand: drawings that a trained network learns from, and what it forgets over them."""
