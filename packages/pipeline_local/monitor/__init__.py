"""Model Monitor's data-quality analysis, as a job program.

On AWS the container ``sagemaker-model-monitor-analyzer`` does this. Here
``python -m pipeline_local.monitor.analyzer`` does it in a job's own view of ``/opt/ml``,
driven by the same
environment variables, and writes the same files: ``statistics.json``, ``constraints.json`` and
``constraint_violations.json``.
"""

from pipeline_local.monitor.errors import AnalysisError
from pipeline_local.monitor.settings import AnalysisSettings

__all__ = ["AnalysisError", "AnalysisSettings"]
