"""Programs that run inside jobs instead of those of AWS's images."""
