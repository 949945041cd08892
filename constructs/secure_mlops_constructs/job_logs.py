"""The log groups of SageMaker's jobs, made before SageMaker makes them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from constructs import Construct

from secure_mlops_constructs.job_rights import LOG_GROUPS
from secure_mlops_constructs.log_group import EncryptedLogGroup

if TYPE_CHECKING:
    from secure_mlops_constructs.private_function import FunctionLogging

# SageMaker Developer Guide, "CloudWatch Logs for Amazon SageMaker AI".
KINDS = ("ProcessingJobs", "TrainingJobs", "TransformJobs")


class JobLogs(Construct):
    """Encrypted groups that expire, where SageMaker would make some without a key and for ever.

    Once in an account and region, since the names are SageMaker's.
    """

    def __init__(self, scope: Construct, construct_id: str, *, logging: FunctionLogging) -> None:
        super().__init__(scope, construct_id)
        self.arns = tuple(
            EncryptedLogGroup(
                self,
                kind,
                name=f"{LOG_GROUPS}{kind}",
                key_arn=logging.key_arn,
                retention_days=logging.days,
                keep=logging.keep,
            ).group.log_group_arn
            for kind in KINDS
        )
