"""New pipelines, written for a person's own data."""
