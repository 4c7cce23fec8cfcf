"""Two networks train each other: a forger draws digits, a detective tells them from real ones."""
