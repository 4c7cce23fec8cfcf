"""Training scripts with one slip each, what their runs show, and how it is told apart."""
