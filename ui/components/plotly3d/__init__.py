"""A plotly figure that is redrawn in place: same node, same camera, no blank frame."""
