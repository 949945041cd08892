"""Versions of the project template: built from a git revision, checked, published."""
