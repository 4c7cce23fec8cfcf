"""A network at work: an answer for one digit, and the files that leave the lab."""
