"""What the names in braces of the table of guardrails stand for: facts of other tables."""

from __future__ import annotations

import re
from dataclasses import dataclass
from itertools import chain
from typing import TYPE_CHECKING, Final

from cloud_assembly.type_schemas import type_schema
from iam_prover.reference import changes_something
from mlops.guardrails.table import table
from mlops_contract.callers import callers
from mlops_contract.endpoints import APIS
from mlops_contract.sagemaker_actions import COMPUTE, FORBIDDEN, SHARING
from promises.world.type_reviews import reviews

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

# The CDK's bootstrap and the roles of stack sets name them so; the environments theirs.
_DEPLOYERS: Final = ("cdk-*", "stacksets-exec-*")
_PLATFORM: Final = "secure-mlops-*"
_NETWORK: Final = 16
_SUBNETS: Final = "S"
_WAYS = re.compile(r"(ec2|route53resolver):(Accept|Allocate|Associate|Attach|Create|Run)\w+")
_NAME = re.compile(r"\{([^}]+)\}")


@dataclass(frozen=True)
class Organization:
    """What the policies are made for: accounts, their regions, who deploys by hand, who sends."""

    accounts: tuple[str, ...]
    regions: tuple[str, ...]
    partition: str = "aws"
    operators: tuple[str, ...] = ()
    senders: tuple[str, ...] = ()


def exempt(of: Organization, who: str) -> tuple[str, ...]:
    """Return the ARNs of those whom a row exempts."""
    deployers = tuple(_roles(of, *_DEPLOYERS))
    platform = (*deployers, *_roles(of, _PLATFORM))
    return {
        "": (),
        "deployers": deployers,
        "platform": platform,
        "operators": (*platform, *of.operators),
        "senders": of.senders,
    }[who]


def filled(of: Organization, texts: tuple[str, ...]) -> list[str]:
    """Return texts with every name in braces replaced by what it stands for, sorted."""
    return sorted(set(chain.from_iterable(_each(of, text) for text in texts)))


def _each(of: Organization, text: str) -> Iterator[str]:
    name = _NAME.fullmatch(text)
    if name:
        yield from _known(of)[name[1]]
    else:
        yield text.replace("{partition}", of.partition)


def _known(of: Organization) -> Mapping[str, tuple[str, ...]]:
    without_region = tuple(f"{each}:*" for each in table().without_region)
    return {
        "accounts": of.accounts,
        "regions": of.regions,
        "services": tuple(f"{each}:*" for each in sorted(_services())),
        "global": without_region,
        "ways out": tuple(sorted(_ways_out())),
        "roles of deployers": tuple(_roles(of, *_DEPLOYERS)),
        "roles of the platform": tuple(_roles(of, *_DEPLOYERS, _PLATFORM)),
        "policies of the platform": tuple(
            f"arn:{of.partition}:iam::*:policy/{each}" for each in ("cdk-*", _PLATFORM)
        ),
        "compute in subnets": tuple(
            f"sagemaker:{name}" for name, keys in COMPUTE.items() if _SUBNETS in keys
        ),
        "compute without a key": _sagemaker(FORBIDDEN),
        "sharing of SageMaker": _sagemaker(SHARING),
    }


def _roles(of: Organization, *names: str) -> Iterator[str]:
    return (f"arn:{of.partition}:iam::*:role/{each}" for each in names)


def _sagemaker(names: frozenset[str]) -> tuple[str, ...]:
    return tuple(f"sagemaker:{each}" for each in sorted(names))


def _services() -> set[str]:
    """Name the services that callers, endpoints or administrators of the platform need."""
    known = callers()
    work = (
        *chain.from_iterable(known.of(each) for each in known.roles),
        *chain.from_iterable(known.services.values()),
    )
    actions = chain(
        chain.from_iterable(each.actions for each in work),
        chain.from_iterable((*each.actions, *each.without_resource) for each in APIS),
    )
    return {each.partition(":")[0] for each in actions} | set(table().administration)


def _ways_out() -> set[str]:
    """Name what makes resources that break promise 16, and none that another type needs."""
    breaking: set[str] = set()
    others: set[str] = set()
    for kind, row in reviews().items():
        schema = type_schema(kind, "us-east-1") or {}
        made = schema.get("handlers", {}).get("create", {}).get("permissions", ())
        (breaking if _NETWORK in row.breaks else others).update(made)
    return {each for each in breaking - others if _WAYS.fullmatch(each) and changes_something(each)}
