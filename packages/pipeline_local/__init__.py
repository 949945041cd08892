"""Runs the definition of a SageMaker pipeline on this machine, beside a local AWS."""
