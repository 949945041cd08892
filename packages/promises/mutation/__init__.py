"""Faults seeded into synthesized templates, to show that the proofs catch them."""
