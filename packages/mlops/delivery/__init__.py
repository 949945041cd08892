"""The parts of a delivery, as builds run them; anybody can run the same by hand."""
