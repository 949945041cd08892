"""Guards: SageMaker compute only inside the perimeter, or not at all.

Every rule is a Deny, so that it holds whatever else a role is allowed. Each comes in forms that
hold for a missing key too: a Deny on a wrong value lets a request without the key through, so a
second Deny refuses the missing key. ``ForAnyValue:StringNotEquals`` refuses a request with *one*
foreign subnet among ours. A plain ``StringNotEquals`` on a key of one value refuses both at once.
"""

from __future__ import annotations

from dataclasses import dataclass

from aws_cdk import aws_iam as iam

from secure_mlops_constructs import sagemaker_actions as actions


@dataclass(frozen=True)
class ComputePerimeter:
    """The limits of SageMaker compute."""

    subnet_ids: tuple[str, ...]
    security_group_ids: tuple[str, ...]
    volume_key_arn: str
    output_key_arns: tuple[str, ...]
    instance_types: tuple[str, ...]
    model_arns: tuple[str, ...]
    api_endpoint_id: str


def guards(perimeter: ComputePerimeter) -> dict[str, list[iam.PolicyStatement]]:
    """Write all guards of a role that may call SageMaker, a managed policy each, by name.

    A policy has at most 6,144 characters, a role ten policies (IAM User Guide, "IAM and AWS STS
    quotas").
    """
    return {
        "network": network_guard(perimeter),
        "isolation": isolation_guard(perimeter),
        "storage": storage_guard(perimeter),
        "instance": instance_guard(perimeter),
        "offer": offer_guard(),
    }


def network_guard(perimeter: ComputePerimeter) -> list[iam.PolicyStatement]:
    """Write the Deny statements on the network of compute."""
    groups = perimeter.security_group_ids
    return [
        *_only_among("Subnets", "VpcSubnets", perimeter.subnet_ids, actions.IN_SUBNETS),
        *_only_among("Groups", "VpcSecurityGroupIds", groups, actions.IN_GROUPS),
        _only("StudioInVpc", "AppNetworkAccessType", "VpcOnly", actions.WITH_DOMAIN_NETWORK),
        _only("NotebookInVpc", "DirectInternetAccess", "Disabled", actions.NOTEBOOKS),
        _deny(
            "UrlsInVpc",
            actions.PRESIGNED,
            {"StringNotEquals": {"aws:SourceVpce": perimeter.api_endpoint_id}},
        ),
    ]


def isolation_guard(perimeter: ComputePerimeter) -> list[iam.PolicyStatement]:
    """Write the Deny statements on traffic of compute, and access to it."""
    models = list(perimeter.model_arns)
    return [
        *_only_true("Isolation", "NetworkIsolation", actions.ISOLATED),
        *_only_true("Traffic", "InterContainerTrafficEncryption", actions.ENCRYPTED_TRAFFIC),
        _deny("ModelsOfOurs", actions.FROM_MODELS, {"ArnNotLike": {"sagemaker:ModelArn": models}}),
        _only("NoRoot", "RootAccess", "Disabled", actions.WITH_ROOT),
        _only("MetadataV2", "MinimumInstanceMetadataServiceVersion", "2", actions.WITH_ROOT),
        _deny(
            "NoRemoteDebug",
            actions.REMOTE_DEBUGGED,
            {"Bool": {"sagemaker:EnableRemoteDebug": "true"}},
        ),
        _deny(
            "NoRemoteAccess",
            ("CreateSpace", "UpdateSpace"),
            {"StringEquals": {"sagemaker:RemoteAccess": "ENABLED"}},
        ),
    ]


def storage_guard(perimeter: ComputePerimeter) -> list[iam.PolicyStatement]:
    """Write the Deny statements on the storage of compute."""
    volume, outputs = (perimeter.volume_key_arn,), perimeter.output_key_arns
    return [
        *_only_under("Volume", volume, actions.ON_VOLUMES),
        *_only_under("Output", outputs, actions.WITH_OUTPUT),
        *_not_under_another("DomainSharingOutput", outputs, actions.SHARING_NOTEBOOKS),
    ]


def instance_guard(perimeter: ComputePerimeter) -> list[iam.PolicyStatement]:
    """Write the Deny statements on instance types."""
    return _only_among("Types", "InstanceTypes", perimeter.instance_types, actions.ON_INSTANCES)


def offer_guard() -> list[iam.PolicyStatement]:
    """Write the Deny statements on actions that no condition can hold inside."""
    return [
        _deny("WithoutKeys", actions.WITHOUT_KEYS, None),
        _deny("WithOthers", actions.SHARING, None),
    ]


def _only(name: str, key: str, value: str, on: tuple[str, ...]) -> iam.PolicyStatement:
    """Pin a key of one value; a negated operator holds for a missing key, too."""
    return _deny(name, on, {"StringNotEquals": {f"sagemaker:{key}": value}})


def _only_among(
    name: str, key: str, values: tuple[str, ...], on: tuple[str, ...]
) -> list[iam.PolicyStatement]:
    return [
        _deny(
            f"No{name}ButOurs",
            on,
            {"ForAnyValue:StringNotEquals": {f"sagemaker:{key}": list(values)}},
        ),
        _deny(f"NotWithout{name}", on, {"Null": {f"sagemaker:{key}": "true"}}),
    ]


def _only_under(
    name: str, key_arns: tuple[str, ...], on: tuple[str, ...]
) -> list[iam.PolicyStatement]:
    """Pin a KMS key under the condition key's old and new name.

    The reference calls ``sagemaker:VolumeKmsKey`` deprecated in favour of ``…KmsKeyArn`` and does
    not say which of them a request carries: one of the two must be there, and neither may name
    another key.
    """
    old, new = f"sagemaker:{name}KmsKey", f"sagemaker:{name}KmsKeyArn"
    return [
        _deny(f"NotWithout{name}Key", on, {"Null": {old: "true", new: "true"}}),
        *_not_under_another(name, key_arns, on),
    ]


def _not_under_another(
    name: str, key_arns: tuple[str, ...], on: tuple[str, ...]
) -> list[iam.PolicyStatement]:
    arns = list(key_arns)
    return [
        _deny(
            f"No{name}{suffix}ButOurs",
            on,
            {
                "ArnNotEquals": {f"sagemaker:{name}Kms{suffix}": arns},
                "Null": {f"sagemaker:{name}Kms{suffix}": "false"},
            },
        )
        for suffix in ("Key", "KeyArn")
    ]


def _only_true(name: str, key: str, on: tuple[str, ...]) -> list[iam.PolicyStatement]:
    return [
        _deny(f"Not{name}Off", on, {"Bool": {f"sagemaker:{key}": "false"}}),
        _deny(f"NotWithout{name}", on, {"Null": {f"sagemaker:{key}": "true"}}),
    ]


def _deny(
    sid: str, on: tuple[str, ...], conditions: dict[str, object] | None
) -> iam.PolicyStatement:
    return iam.PolicyStatement(
        sid=sid,
        effect=iam.Effect.DENY,
        actions=[f"sagemaker:{action}" for action in on],
        resources=["*"],
        conditions=conditions,
    )
