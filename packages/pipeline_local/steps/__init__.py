"""Executors of step types."""
