"""The promises, each a small declaration."""
