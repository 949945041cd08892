"""The stacks of an environment, one a file; `platform` puts them together."""
