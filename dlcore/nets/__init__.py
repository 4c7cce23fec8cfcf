"""The networks of the digits: a file each, all of them by name, and those that are made of blocks."""
