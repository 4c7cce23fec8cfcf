"""Loss surfaces: how the loss of a run's network changes around its weights."""
