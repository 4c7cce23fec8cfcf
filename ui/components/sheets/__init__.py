"""Pictures made of cells that can be clicked."""
