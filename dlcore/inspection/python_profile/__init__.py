"""Where the time and memory of the network in plain Python go: by call, by line."""
