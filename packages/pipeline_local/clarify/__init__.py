"""SageMaker Clarify's analyses of tabular data, as a job program.

On AWS the container ``sagemaker-clarify-processing`` does this. Here
``python -m pipeline_local.clarify.analyzer`` does it in a job's own view of ``/opt/ml``,
driven by the same
``analysis_config.json``, and writes the same ``analysis.json``.
"""
