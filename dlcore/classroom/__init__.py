"""A room full of learners: who is here, what they were handed, what they measure together."""
