"""What a change does, told to a reviewer: resources, pipelines, permissions, promises, cost."""
