"""Proofs about IAM policies: a model of their evaluation, once plain and once in z3."""
