"""Preventive conditions: SageMaker compute only inside the perimeter, or not at all.

Every rule is a Deny, so that it holds whatever else a role is allowed. Each comes in forms that
hold for a missing key too: a Deny on a wrong value lets a request without the key through, so a
second Deny refuses the missing key. ``ForAnyValue:StringNotEquals`` refuses a request with *one*
foreign subnet among ours.
"""

from __future__ import annotations

from dataclasses import dataclass

from aws_cdk import aws_iam as iam

# Which condition keys an action has (Service Authorization Reference, "Actions, resources, and
# condition keys for Amazon SageMaker"); a key on an action that lacks it would refuse everything.
JOBS_WITH_ISOLATION = ("CreateProcessingJob", "CreateTrainingJob", "CreateHyperParameterTuningJob")
MODELS = ("CreateModel",)
TRANSFORM_JOBS = ("CreateTransformJob",)
IN_OUR_NETWORK = (*JOBS_WITH_ISOLATION, *MODELS)
ON_INSTANCES = (*JOBS_WITH_ISOLATION, *TRANSFORM_JOBS)


@dataclass(frozen=True)
class ComputePerimeter:
    """What SageMaker compute must look like.

    Parameters
    ----------
    subnet_ids : tuple of str
        The only subnets.
    security_group_ids : tuple of str
        The only security groups.
    volume_key_arn : str
        The key of every storage volume.
    output_key_arns : tuple of str
        The keys that outputs may be under.
    instance_types : tuple of str
        The only instance types.
    """

    subnet_ids: tuple[str, ...]
    security_group_ids: tuple[str, ...]
    volume_key_arn: str
    output_key_arns: tuple[str, ...]
    instance_types: tuple[str, ...]


def network_guard(perimeter: ComputePerimeter) -> list[iam.PolicyStatement]:
    """Write the Deny statements on where compute runs and whom it can talk to.

    Parameters
    ----------
    perimeter : ComputePerimeter
        What is right.

    Returns
    -------
    list of PolicyStatement
        Denies on the actions that have the keys.
    """
    groups = perimeter.security_group_ids
    return [
        *_only_among("Subnets", "VpcSubnets", perimeter.subnet_ids, IN_OUR_NETWORK),
        *_only_among("Groups", "VpcSecurityGroupIds", groups, IN_OUR_NETWORK),
        *_only_true("Isolation", "NetworkIsolation", IN_OUR_NETWORK),
        *_only_true("Traffic", "InterContainerTrafficEncryption", JOBS_WITH_ISOLATION),
    ]


def storage_guard(perimeter: ComputePerimeter) -> list[iam.PolicyStatement]:
    """Write the Deny statements on what compute runs on and what it writes.

    Parameters
    ----------
    perimeter : ComputePerimeter
        What is right.

    Returns
    -------
    list of PolicyStatement
        Denies on the actions that have the keys. They are apart from `network_guard`, because a
        managed policy takes 6,144 characters (IAM User Guide, "IAM and AWS STS quotas").
    """
    return [
        *_only_among("Types", "InstanceTypes", perimeter.instance_types, ON_INSTANCES),
        *_only_under("Volume", (perimeter.volume_key_arn,), ON_INSTANCES),
        *_only_under("Output", perimeter.output_key_arns, ON_INSTANCES),
    ]


def _only_among(
    name: str, key: str, values: tuple[str, ...], actions: tuple[str, ...]
) -> list[iam.PolicyStatement]:
    return [
        _deny(
            f"No{name}ButOurs",
            actions,
            {"ForAnyValue:StringNotEquals": {f"sagemaker:{key}": list(values)}},
        ),
        _deny(f"NotWithout{name}", actions, {"Null": {f"sagemaker:{key}": "true"}}),
    ]


def _only_under(
    name: str, key_arns: tuple[str, ...], actions: tuple[str, ...]
) -> list[iam.PolicyStatement]:
    """Pin a KMS key under the condition key's old and new name.

    The reference calls ``sagemaker:VolumeKmsKey`` deprecated in favour of ``…KmsKeyArn`` and does
    not say which of them a request carries: one of the two must be there, and neither may name
    another key.
    """
    old, new = f"sagemaker:{name}KmsKey", f"sagemaker:{name}KmsKeyArn"
    arns = list(key_arns)
    return [
        _deny(f"NotWithout{name}Key", actions, {"Null": {old: "true", new: "true"}}),
        _deny(
            f"No{name}KeyButOurs",
            actions,
            {"ArnNotEquals": {old: arns}, "Null": {old: "false"}},
        ),
        _deny(
            f"No{name}KeyArnButOurs",
            actions,
            {"ArnNotEquals": {new: arns}, "Null": {new: "false"}},
        ),
    ]


def _only_true(name: str, key: str, actions: tuple[str, ...]) -> list[iam.PolicyStatement]:
    return [
        _deny(f"Not{name}Off", actions, {"Bool": {f"sagemaker:{key}": "false"}}),
        _deny(f"NotWithout{name}", actions, {"Null": {f"sagemaker:{key}": "true"}}),
    ]


def _deny(sid: str, actions: tuple[str, ...], conditions: dict[str, object]) -> iam.PolicyStatement:
    return iam.PolicyStatement(
        sid=sid,
        effect=iam.Effect.DENY,
        actions=[f"sagemaker:{action}" for action in actions],
        resources=["*"],
        conditions=conditions,
    )
