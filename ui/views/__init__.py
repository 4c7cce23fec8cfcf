"""Parts of pages that are files of their own."""
