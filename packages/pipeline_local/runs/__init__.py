"""A run of a pipeline from its source to its result."""
