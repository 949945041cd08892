"""Inputs of jobs that are Athena or Redshift queries, executed locally."""
