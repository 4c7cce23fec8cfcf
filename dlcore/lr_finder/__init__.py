"""Which learning rate: one short training in which it grows, and short trainings that try what was found."""
