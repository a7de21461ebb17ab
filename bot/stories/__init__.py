"""Stories: what is the same item, pure."""
