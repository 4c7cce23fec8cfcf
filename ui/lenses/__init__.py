"""Results that all visitors share, a file for each subject, imported only by the pages that show it."""
