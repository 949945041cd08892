"""What this platform promises, and the proof of it on synthesized templates."""
