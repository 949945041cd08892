"""The common code of the jobs: the record, its checks, its split, its features, the model."""
