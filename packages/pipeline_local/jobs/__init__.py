"""The environment of jobs: image, packages, sandbox, storage."""
