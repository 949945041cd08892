"""What SageMaker itself reads of models' archives, from outside every VPC.

SageMaker looks at the archive of a version with the rights of the caller who registers it, and at
that of a model with the rights of the model's role (docs/decisions/0007-perimeter.md).
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from aws_cdk import aws_iam as iam

from environments.names import ResourceNames
from mlops_contract.metadata import MODEL_ARCHIVES, ModelArchives
from secure_mlops_constructs.metadata import declare
from stacks import buckets, perimeter, roles
from stacks.model_import import COPIES
from stacks.statements import allow

if TYPE_CHECKING:
    from collections.abc import Mapping

    import aws_cdk as cdk
    from aws_cdk import aws_s3 as s3

    from environments.settings import EnvironmentSettings
    from secure_mlops_constructs.bucket_perimeter import PerimeterException

_VIA = {"off": (), "via-service": ("true",), "role": ("true", "false")}


def exceptions(stack: cdk.Stack, settings: EnvironmentSettings) -> list[PerimeterException]:
    """List who may look at archives without our endpoint."""
    looks = settings.model_archives
    found: list[PerimeterException] = []
    arns = _arns(stack, settings)
    places = dict.fromkeys((*arns, *settings.promoting_roles), buckets.MODEL_FILES)
    if settings.previous_environment:
        places[roles.role_arn(stack, settings, roles.IMPORTER)] = COPIES[buckets.MODELS]
    if looks.register_model != "off":
        by_service = looks.register_model == "via-service"
        found += perimeter.registering_exceptions(places, by_service=by_service)
    if looks.create_model != "off":
        by_service = looks.create_model == "via-service"
        model = roles.role_arn(stack, settings, roles.INFERENCE)
        found += perimeter.model_exceptions(model, buckets.MODEL_FILES, by_service=by_service)
    return found


def open_bucket(stack: cdk.Stack, settings: EnvironmentSettings, bucket: s3.Bucket) -> None:
    """Let those that register versions look at archives, and say which settings hold."""
    looks = settings.model_archives
    if arns := _arns(stack, settings):
        by_service = {"Bool": {"aws:ViaAWSService": "true"}}
        bucket.add_to_resource_policy(
            iam.PolicyStatement(
                sid="Registering",
                principals=[iam.ArnPrincipal(arn) for arn in arns],
                actions=["s3:GetObject"],
                resources=[bucket.arn_for_objects(f"{buckets.MODEL_FILES}*")],
                conditions=by_service if looks.register_model == "via-service" else None,
            )
        )
    assert bucket.policy is not None  # noqa: S101 - every bucket has statements
    declare(bucket.policy, MODEL_ARCHIVES, ModelArchives(**looks.model_dump()))


def statements(
    settings: EnvironmentSettings, key_arns: Mapping[str, str]
) -> list[iam.PolicyStatement]:
    """Write what a role needs in its own policy to look at archives."""
    if settings.model_archives.register_model == "off":
        return []
    return [allow("DecryptArchives", ["kms:Decrypt"], key_arns[buckets.MODELS])]


def places(
    stack: cdk.Stack, settings: EnvironmentSettings, key_arns: Mapping[str, str]
) -> dict[str, list[str]]:
    """Return the values of the placeholders in charters."""
    via = _VIA[settings.model_archives.register_model]
    bucket = f"arn:{stack.partition}:s3:::{ResourceNames(settings).models_bucket}"
    return {
        "registered": [bucket] if via else [],
        "registered-via": list(via),
        "key-registered": [key_arns[buckets.MODELS]] if via else [],
    }


def _arns(stack: cdk.Stack, settings: EnvironmentSettings) -> list[str]:
    return [roles.role_arn(stack, settings, each) for each in roles.registering(settings)]
