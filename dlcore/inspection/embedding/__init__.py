"""How a layer sorts images: its numbers laid out in the plane."""
