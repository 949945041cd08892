"""A repository of CodeCommit under our key."""

from __future__ import annotations

from dataclasses import dataclass

import aws_cdk as cdk
from aws_cdk import aws_codecommit as codecommit
from constructs import Construct


@dataclass(frozen=True)
class Seed:
    """What a repository begins with.

    Parameters
    ----------
    bucket, key : str
        A zip archive in S3, of 20 MB at most.
    """

    bucket: str
    key: str
    branch: str


class SourceRepository(Construct):
    """Where the project's changes come from.

    Parameters
    ----------
    key_arn : str
        Key of everything in it; whoever reads or writes uses it through CodeCommit.
    keep : bool
        Whether it outlives its stack.
    seed : Seed, optional
        What it begins with; empty without. It counts when the repository is made, never later.
    """

    def __init__(
        self,
        scope: Construct,
        construct_id: str,
        *,
        name: str,
        key_arn: str,
        keep: bool,
        description: str = "Infrastructure, pipelines and job code of the platform",
        seed: Seed | None = None,
    ) -> None:
        super().__init__(scope, construct_id)
        self.repository = codecommit.CfnRepository(
            self,
            "Repository",
            repository_name=name,
            repository_description=description,
            kms_key_id=key_arn,
            code=_code(seed) if seed else None,
        )
        self.repository.apply_removal_policy(
            cdk.RemovalPolicy.RETAIN if keep else cdk.RemovalPolicy.DESTROY
        )


def _code(seed: Seed) -> codecommit.CfnRepository.CodeProperty:
    archive = codecommit.CfnRepository.S3Property(bucket=seed.bucket, key=seed.key)
    return codecommit.CfnRepository.CodeProperty(s3=archive, branch_name=seed.branch)
