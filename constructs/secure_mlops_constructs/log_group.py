"""A log group under our key whose logs expire."""

from __future__ import annotations

from aws_cdk import aws_kms as kms
from aws_cdk import aws_logs as logs
from constructs import Construct

from secure_mlops_constructs.removal import removal_policy


class EncryptedLogGroup(Construct):
    """A named, encrypted CloudWatch log group.

    The key's policy must allow CloudWatch Logs to use it for that name; `retention_days` is one of
    the periods that CloudWatch offers.
    """

    def __init__(
        self,
        scope: Construct,
        construct_id: str,
        *,
        name: str,
        key_arn: str,
        retention_days: int,
        keep: bool,
    ) -> None:
        super().__init__(scope, construct_id)
        self.group = logs.LogGroup(
            self,
            "Group",
            log_group_name=name,
            encryption_key=kms.Key.from_key_arn(self, "Key", key_arn),
            removal_policy=removal_policy(keep=keep),
        )
        resource = self.group.node.default_child
        assert isinstance(resource, logs.CfnLogGroup)  # noqa: S101 - narrows the type
        # The L2's enumeration names the same numbers; the settings have checked them already.
        resource.retention_in_days = retention_days
