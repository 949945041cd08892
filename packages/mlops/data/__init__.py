"""The abalone dataset, fetched or synthetic."""
