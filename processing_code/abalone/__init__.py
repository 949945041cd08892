"""What the jobs share: the record, its checks, its split, its features, the model."""
