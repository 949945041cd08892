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

    Rule = tuple[str, Callable[[World], Formula]]

_SOURCE = "Service Authorization Reference, Amazon SageMaker; IAM User Guide, condition operators"


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


# By the letter of `COMPUTE`, which says which actions have the condition key.
_RULES: dict[str, Rule] = {
    "S": ("outside our subnets", lambda world: _among("VpcSubnets", world.subnet_ids)),
    "G": (
        "outside our security groups",
        lambda world: _among("VpcSecurityGroupIds", world.group_ids),
    ),
    "M": ("with a model that is not ours", _model),
    "A": ("with applications outside the VPC", lambda _: _is("AppNetworkAccessType", "VpcOnly")),
    "I": ("with direct internet access", lambda _: _is("DirectInternetAccess", "Disabled")),
    "R": ("with root access", lambda _: _is("RootAccess", "Disabled")),
    "V": ("without our key for the volume", lambda world: _under("Volume", world.volume_keys)),
    "O": ("without our key for the output", lambda world: _under("Output", world.output_keys)),
    "E": (
        "without encryption between containers",
        lambda _: _on("InterContainerTrafficEncryption"),
    ),
    "N": ("without network isolation", lambda _: _on("NetworkIsolation")),
    "D": ("with a remote debugger", lambda _: key("Bool", "sagemaker:EnableRemoteDebug", "true")),
    "T": (
        "of an instance type that is not allowed",
        lambda world: _among("InstanceTypes", world.instance_types),
    ),
}


def _guarded(letters: str) -> Callable[[World], Iterator[Claim]]:
    def claims(world: World) -> Iterator[Claim]:
        for role in world.compute:
            for letter in letters:
                what, bad = _RULES[letter]
                actions = [f"sagemaker:{name}" for name, has in COMPUTE.items() if letter in has]
                yield never_by(role, f"run SageMaker compute {what}", actions, bad(world))
        if world.compute:
            yield from start_claims(world)

    return claims


def in_our_network(world: World) -> Iterator[Claim]:
    """Claim promise 5."""
    yield from _guarded("SGMAIR")(world)
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
        yield from _guarded("T")(world)


def _promise(
    number: int,
    statement: str,
    claims: Callable[[World], Iterator[Claim]],
    *assumptions: str,
    enforced_by: str,
    absent: str = "no role is in the templates",
) -> Promise:
    assumed = (
        "SageMaker fills the condition keys that the reference lists for an action, truthfully",
        "roles outside these templates are not judged",
        *assumptions,
    )
    return Promise(number, statement, _SOURCE, assumed, claims, absent, enforced_by=enforced_by)


PROMISES = (
    _promise(
        5,
        "No role runs SageMaker compute outside our subnets and security groups",
        in_our_network,
        "an application of Studio runs in the network of its VpcOnly domain",
        enforced_by=(
            "guard policies on roles that start compute; what has no key for its network is "
            "never allowed; pre-signed URLs work inside only"
        ),
    ),
    _promise(
        6,
        "No role runs SageMaker compute on a volume that is not under a key of ours",
        _guarded("V"),
        enforced_by="guard policies, old and new key names",
    ),
    _promise(
        7,
        "No role has SageMaker compute write an output that is not under a key of ours",
        _guarded("O"),
        enforced_by="guard policies, old and new key names",
    ),
    _promise(
        8,
        "No role runs SageMaker compute without inter-container encryption or network isolation, "
        "or with a remote debugger",
        _guarded("END"),
        "an action without these keys is held by promise 5",
        enforced_by="guard policies on the actions that have the key",
    ),
    _promise(
        9,
        "No role runs SageMaker compute of an instance type that the environment does not allow",
        of_allowed_types,
        "the allowed types are those of the environment's settings",
        absent="no environment's settings name allowed instance types",
        enforced_by="guard policies; the types are those of `environments/*.yaml`",
    ),
)
