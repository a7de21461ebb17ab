"""Many watches against one item: where each hits."""
