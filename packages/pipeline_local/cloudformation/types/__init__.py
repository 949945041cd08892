"""Resource types, one file a service. Each file has a tuple ``TYPES``; `registry` collects them."""
