"""Poll: from an answer of a feed to what is remembered and told. `decide` decides, `pipeline` does."""
