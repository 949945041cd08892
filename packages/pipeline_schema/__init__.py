"""A SageMaker pipeline definition: its parts, and the rules that it has to follow."""
