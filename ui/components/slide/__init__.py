"""A window that slides over a map by itself."""
