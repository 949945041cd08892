"""Reviews of a change: resources, pipelines, permissions, promises, cost."""
