"""What lies between a picture and its ink: paper, rims, light, ruled lines, marks; NumPy and Pillow alone."""
