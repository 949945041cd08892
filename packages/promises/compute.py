"""Promises on SageMaker compute: where it runs, on what, under which keys."""

from __future__ import annotations

from typing import TYPE_CHECKING

from iam_prover.formulas import AllOf, AnyOf, Not, key, present
from mlops_contract.sagemaker_actions import COMPUTE, FORBIDDEN, PRESIGNED
from promises.asking import never_by, not_among
from promises.claims import Claim, Promise
from promises.pipeline_jobs import start_claims

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from iam_prover.formulas import Formula
    from promises.world import World

    Rule = tuple[str, str, Callable[[World], Formula]]

_NO_ROLE = "no role is in the templates"
_SOURCE = "Service Authorization Reference, Amazon SageMaker; IAM User Guide, condition operators"
_ASSUMPTIONS = (
    "SageMaker fills the condition keys that the reference lists for an action, truthfully",
    "roles outside these templates are not judged",
)


def _among(name: str, values: tuple[str, ...]) -> Formula:
    return not_among(f"sagemaker:{name}", values, many=True)


def _is(name: str, value: str) -> Formula:
    return Not(key("StringEquals", f"sagemaker:{name}", value))


def _on(name: str) -> Formula:
    return Not(key("Bool", f"sagemaker:{name}", "true"))


def _under(name: str, key_arns: tuple[str, ...]) -> Formula:
    """Match a missing KMS key, or another than these, by its old name or its new one."""
    old, new = f"sagemaker:{name}KmsKey", f"sagemaker:{name}KmsKeyArn"
    missing = AllOf((key("Null", old, "true"), key("Null", new, "true")))
    if not key_arns:
        return AllOf(())
    foreign = (
        AllOf((present(each), key("StringNotEquals", each, *key_arns))) for each in (old, new)
    )
    return AnyOf((missing, *foreign))


def _model(world: World) -> Formula:
    ours = f"arn:aws:sagemaker:{world.region}:{world.account}:model/*"
    return AnyOf(
        (key("Null", "sagemaker:ModelArn", "true"), Not(key("ArnLike", "sagemaker:ModelArn", ours)))
    )


SUBNETS: Rule = ("S", "outside our subnets", lambda world: _among("VpcSubnets", world.subnet_ids))
GROUPS: Rule = (
    "G",
    "outside our security groups",
    lambda world: _among("VpcSecurityGroupIds", world.group_ids),
)
MODEL: Rule = ("M", "with a model that is not ours", _model)
VPC_ONLY: Rule = (
    "A",
    "with applications outside the VPC",
    lambda _: _is("AppNetworkAccessType", "VpcOnly"),
)
NO_INTERNET: Rule = (
    "I",
    "with direct internet access",
    lambda _: _is("DirectInternetAccess", "Disabled"),
)
NO_ROOT: Rule = ("R", "with root access", lambda _: _is("RootAccess", "Disabled"))
VOLUME: Rule = (
    "V",
    "without our key for the volume",
    lambda world: _under("Volume", world.volume_keys),
)
OUTPUT: Rule = (
    "O",
    "without our key for the output",
    lambda world: _under("Output", world.output_keys),
)
TRAFFIC: Rule = (
    "E",
    "without encryption between containers",
    lambda _: _on("InterContainerTrafficEncryption"),
)
ISOLATION: Rule = ("N", "without network isolation", lambda _: _on("NetworkIsolation"))
DEBUGGER: Rule = (
    "D",
    "with a remote debugger",
    lambda _: key("Bool", "sagemaker:EnableRemoteDebug", "true"),
)
TYPES: Rule = (
    "T",
    "of an instance type that is not allowed",
    lambda world: _among("InstanceTypes", world.instance_types),
)


def _guarded(*rules: Rule) -> Callable[[World], Iterator[Claim]]:
    def claims(world: World) -> Iterator[Claim]:
        for role in world.compute:
            for letter, what, bad in rules:
                actions = [f"sagemaker:{name}" for name, has in COMPUTE.items() if letter in has]
                yield never_by(role, f"run SageMaker compute {what}", actions, bad(world))
        if world.compute:
            yield from start_claims(world)

    return claims


def in_our_network(world: World) -> Iterator[Claim]:
    """Claim promise 5."""
    yield from _guarded(SUBNETS, GROUPS, MODEL, VPC_ONLY, NO_INTERNET, NO_ROOT)(world)
    for role in world.compute:
        yield never_by(
            role,
            "run compute that offers no condition key for its network",
            [f"sagemaker:{name}" for name in sorted(FORBIDDEN)],
        )
        yield never_by(
            role,
            "hand out a pre-signed URL outside the VPC",
            [f"sagemaker:{name}" for name in sorted(PRESIGNED)],
            key("Null", "aws:SourceVpce", "true"),
        )


def of_allowed_types(world: World) -> Iterator[Claim]:
    """Claim promise 9."""
    if world.instance_types:
        yield from _guarded(TYPES)(world)


PROMISES = (
    Promise(
        5,
        "No role runs SageMaker compute outside our subnets and security groups",
        _SOURCE,
        (*_ASSUMPTIONS, "an application of Studio runs in the network of its VpcOnly domain"),
        in_our_network,
        _NO_ROLE,
    ),
    Promise(
        6,
        "No role runs SageMaker compute on a volume that is not under a key of ours",
        _SOURCE,
        _ASSUMPTIONS,
        _guarded(VOLUME),
        _NO_ROLE,
    ),
    Promise(
        7,
        "No role has SageMaker compute write an output that is not under a key of ours",
        _SOURCE,
        _ASSUMPTIONS,
        _guarded(OUTPUT),
        _NO_ROLE,
    ),
    Promise(
        8,
        "No role runs SageMaker compute without inter-container encryption or network isolation, "
        "or with a remote debugger",
        _SOURCE,
        (*_ASSUMPTIONS, "an action without these keys is held by promise 5"),
        _guarded(TRAFFIC, ISOLATION, DEBUGGER),
        _NO_ROLE,
    ),
    Promise(
        9,
        "No role runs SageMaker compute of an instance type that the environment does not allow",
        _SOURCE,
        (*_ASSUMPTIONS, "the allowed types are those of the environment's settings"),
        of_allowed_types,
        "no environment's settings name allowed instance types",
    ),
)
