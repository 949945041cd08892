"""Model Monitor's data-quality and model-quality analysis, as a job program.

It replaces the container ``sagemaker-model-monitor-analyzer``: same environment variables, same
files ``statistics.json``, ``constraints.json`` and ``constraint_violations.json``.
"""

from pipeline_local.monitor.settings import AnalysisError, AnalysisSettings

__all__ = ["AnalysisError", "AnalysisSettings"]
