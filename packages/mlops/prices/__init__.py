"""List prices kept in the repository, and what an environment costs by them in a month."""
