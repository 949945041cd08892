"""SageMaker Clarify's analyses of tabular data, as a job program.

It replaces the container ``sagemaker-clarify-processing``: same ``analysis_config.json``, same
``analysis.json``.
"""
