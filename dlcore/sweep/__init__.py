"""Many runs at once: which settings are tried, and when one is stopped because it is lost."""
