"""What the stacks write into templates and the tools read from them; each fact stands here once."""
