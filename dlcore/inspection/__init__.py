"""Looking inside a trained network. One folder a lens; `steps` and `listening` serve them all."""
