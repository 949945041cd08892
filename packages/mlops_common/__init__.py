"""What every package shares: errors, files, processes. Nothing of AWS."""
