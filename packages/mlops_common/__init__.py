"""Common basics: errors, files, processes. Nothing of AWS."""
