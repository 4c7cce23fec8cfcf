"""The playground's board: a small network that is trained ahead by Python and played back here."""
