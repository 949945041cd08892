"""Models of another environment that one role may read through our endpoints."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from secure_mlops_constructs.endpoint_policy import let_through

if TYPE_CHECKING:
    from aws_cdk import aws_iam as iam


@dataclass(frozen=True)
class ForeignModels:
    """Artefacts, baselines and versions of another environment, as patterns of ARNs."""

    account: str
    objects: tuple[str, ...]
    versions: str
    reader_arn: str

    def reading(self) -> iam.PolicyStatement:
        """Write the statement for the policy of the S3 endpoint."""
        return self._statement("ModelsOfTheEnvironmentBefore", "s3:GetObject", *self.objects)

    def seeing(self) -> iam.PolicyStatement:
        """Write the statement for the policy of SageMaker's endpoint."""
        return self._statement(
            "VersionsOfTheEnvironmentBefore", "sagemaker:DescribeModelPackage", self.versions
        )

    def _statement(self, sid: str, action: str, *resources: str) -> iam.PolicyStatement:
        conditions = {
            "ArnEquals": {"aws:PrincipalArn": self.reader_arn},
            "StringEquals": {"aws:ResourceAccount": self.account},
        }
        return let_through(sid, [action], resources, conditions)
