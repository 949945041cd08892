"""Inputs of jobs that are queries: what Athena and Redshift do for SageMaker, done here."""
