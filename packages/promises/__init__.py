"""Security promises of this platform, and their proofs on synthesized templates."""
