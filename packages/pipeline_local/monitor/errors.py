"""The failure that a job tells by its exit message."""

from mlops_common.errors import UserError


class AnalysisError(UserError):
    """Something the person who configured the job can correct; becomes its exit message."""
