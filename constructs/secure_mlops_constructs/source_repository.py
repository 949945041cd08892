"""A repository of CodeCommit under our key."""

from __future__ import annotations

from dataclasses import dataclass

from aws_cdk import aws_codecommit as codecommit
from constructs import Construct

from secure_mlops_constructs.removal import removal_policy


@dataclass(frozen=True)
class Seed:
    """The first content of a repository: a zip archive in S3, of 20 MB at most."""

    bucket: str
    key: str
    branch: str


class SourceRepository(Construct):
    """The repository of the project's changes, under a key that users use through CodeCommit.

    The seed counts when the repository is made, never later; without one it starts empty.
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
        self.repository.apply_removal_policy(removal_policy(keep=keep))


def _code(seed: Seed) -> codecommit.CfnRepository.CodeProperty:
    archive = codecommit.CfnRepository.S3Property(bucket=seed.bucket, key=seed.key)
    return codecommit.CfnRepository.CodeProperty(s3=archive, branch_name=seed.branch)
