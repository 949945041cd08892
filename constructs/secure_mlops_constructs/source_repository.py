"""A repository of CodeCommit under our key."""

from __future__ import annotations

import aws_cdk as cdk
from aws_cdk import aws_codecommit as codecommit
from constructs import Construct


class SourceRepository(Construct):
    """Where the project's changes come from.

    Parameters
    ----------
    scope : Construct
        Where it lives.
    construct_id : str
        Its id there.
    name : str
        Name of the repository.
    key_arn : str
        Key of everything in it; whoever reads or writes uses it through CodeCommit.
    keep : bool
        Whether it outlives its stack.

    Attributes
    ----------
    repository : CfnRepository
        The repository itself.
    """

    def __init__(
        self, scope: Construct, construct_id: str, *, name: str, key_arn: str, keep: bool
    ) -> None:
        super().__init__(scope, construct_id)
        self.repository = codecommit.CfnRepository(
            self,
            "Repository",
            repository_name=name,
            repository_description="Infrastructure, pipelines and job code of the platform",
            kms_key_id=key_arn,
        )
        self.repository.apply_removal_policy(
            cdk.RemovalPolicy.RETAIN if keep else cdk.RemovalPolicy.DESTROY
        )
