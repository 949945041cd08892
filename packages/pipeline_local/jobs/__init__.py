"""A job's surroundings: image, packages, sandbox, storage."""
