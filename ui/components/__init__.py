"""Parts of pages that are drawn in the browser by scripts of our own: each a Python file and its scripts."""
