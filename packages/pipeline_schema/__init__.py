"""SageMaker pipeline definitions: their parts, and the rules that they follow."""
