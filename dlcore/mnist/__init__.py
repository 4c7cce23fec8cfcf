"""The handwritten digits: their files, how they are prepared, and digits that people draw or photograph."""
