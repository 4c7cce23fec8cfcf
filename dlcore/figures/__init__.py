"""Results to charts. Nothing is computed here that a result does not hold."""
