"""A small network in the plane: points of two classes, trained ahead, epoch by epoch, to be played back."""
