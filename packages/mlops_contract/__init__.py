"""The contract of stacks, which write templates, and tools, which read them: each fact once."""
