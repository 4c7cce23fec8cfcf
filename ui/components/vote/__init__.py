"""A digit as the network sees it and the ten bars of its vote, moving while the pen moves."""
