"""SageMaker pipelines as code: one pipeline a module, each with `get_pipeline(environment)`."""
