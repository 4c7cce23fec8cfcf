"""A classifier of one's own: gather pictures, train one layer, clean the labels, take it away."""
