"""Programs that run inside jobs, in the place of what AWS's images bring along."""
