"""The kinds of faults, one family a file."""
