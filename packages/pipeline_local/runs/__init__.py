"""Runs of pipelines: source, checks, execution and state."""
