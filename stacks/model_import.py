"""The role and function that fetch models from the previous environment, as that one allows."""

from __future__ import annotations

from typing import TYPE_CHECKING

import aws_cdk as cdk
from aws_cdk import aws_iam as iam

from environments.names import ResourceNames
from mlops_contract.metadata import PROMOTED_FROM, PromotionSource
from secure_mlops_constructs.acknowledgments import acknowledge
from secure_mlops_constructs.foreign_models import ForeignModels
from secure_mlops_constructs.metadata import declare
from secure_mlops_constructs.private_function import PrivateFunction
from stacks import roles
from stacks.base import FUNCTIONS
from stacks.model_export import READ, contents

if TYPE_CHECKING:
    from environments.promotion import Neighbour
    from environments.settings import EnvironmentSettings
    from secure_mlops_constructs.private_function import FunctionPlace, FunctionRole
    from stacks.base import EnvironmentStack

# Where the copies are: below the prefixes that they are read from, so that they can go on again.
COPIES = {purpose: f"{prefix}promoted/" for purpose, prefix in READ.items()}
CONTEXT_KEY = "kms:EncryptionContext:aws:s3:arn"
REGISTERING = ("sagemaker:CreateModelPackage", "sagemaker:ListModelPackages")
WHY_PATTERNS = (
    "Artefacts and baselines of the environment before, which SageMaker names; its keys by what"
    " S3 decrypts with them, since a key's id is known in its own environment only."
)


def function_arn(stack: cdk.Stack, settings: EnvironmentSettings) -> str | None:
    """Name the function that brings models here."""
    if settings.previous_environment is None:
        return None
    here = f"arn:{stack.partition}:lambda:{settings.region}:{settings.account}:function"
    return f"{here}:{ResourceNames(settings).role(roles.IMPORTER)}"


class Source:
    """The previous environment as the importer of this one sees it."""

    def __init__(self, stack: cdk.Stack, before: Neighbour) -> None:
        self._before = before
        arn, here = f"arn:{stack.partition}", f"{before.region}:{before.account}"
        buckets = {purpose: before.bucket(purpose) for purpose in READ}
        self.versions = f"{arn}:sagemaker:{here}:model-package/{before.prefix}-*"
        self.objects = [
            f"{arn}:s3:::{bucket}/{READ[purpose]}*" for purpose, bucket in buckets.items()
        ]
        self.keys = f"{arn}:kms:{here}:key/*"
        self.contents = [
            each
            for purpose, bucket in buckets.items()
            for each in contents(stack.partition, bucket, purpose)
        ]

    def through_endpoints(self, reader_arn: str) -> ForeignModels:
        """Return the resources that endpoints let through."""
        return ForeignModels(
            account=self._before.account,
            objects=tuple(self.objects),
            versions=self.versions,
            reader_arn=reader_arn,
        )

    def declare(self, role: FunctionRole) -> None:
        """Declare on the importer what it reads, for proofs and auditors."""
        row = PromotionSource(
            self._before.name,
            self._before.account,
            tuple(self.objects),
            self.versions,
            tuple(self.contents),
        )
        declare(role.role, PROMOTED_FROM, row)
        acknowledge(
            role.policy,
            *(f"AwsSolutions-IAM5[Resource::{arn}]" for arn in (*self.objects, self.keys)),
            reason=WHY_PATTERNS,
        )

    def reading(self, endpoint_id: str) -> list[iam.PolicyStatement]:
        """Write the importer's rights there."""
        return [
            iam.PolicyStatement(
                sid="ModelsOfTheEnvironmentBefore",
                actions=["s3:GetObject"],
                resources=self.objects,
                conditions={"StringEquals": {"aws:SourceVpce": endpoint_id}},
            ),
            iam.PolicyStatement(
                sid="DecryptsThem",
                actions=["kms:Decrypt"],
                resources=[self.keys],
                conditions=self._decrypting(),
            ),
        ]

    def _decrypting(self) -> dict[str, dict[str, object]]:
        via = f"s3.{self._before.region}.amazonaws.com"
        return {
            "StringEquals": {"kms:ViaService": via},
            "StringLike": {CONTEXT_KEY: self.contents},
        }


def importer(
    stack: EnvironmentStack,
    before: Neighbour,
    *,
    role: FunctionRole,
    place: FunctionPlace,
) -> PrivateFunction:
    """Make the function that brings models here."""
    places = {
        f"{side}_{purpose.upper()}": value
        for purpose in READ
        for side, value in (
            ("SOURCE", f"s3://{before.bucket(purpose)}/{READ[purpose]}"),
            ("TARGET", f"s3://{stack.names.bucket(purpose)}/{COPIES[purpose]}"),
            ("KEY", stack.key_arns[purpose]),
        )
    }
    return PrivateFunction(
        stack,
        "Importer",
        role=role,
        description=f"Brings approved models from {before.name}",
        folder=FUNCTIONS / "import_model",
        place=place,
        environment={
            **places,
            "SOURCE_VERSIONS": Source(stack, before).versions.removesuffix("*"),
            "TARGET_PREFIX": stack.names.prefix,
        },
        timeout=cdk.Duration.minutes(15),
    )
