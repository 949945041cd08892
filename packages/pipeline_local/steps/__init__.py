"""One step of a pipeline, executed."""
