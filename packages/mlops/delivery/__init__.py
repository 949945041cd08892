"""The stages of a delivery, as builds run them."""
