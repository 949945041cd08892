"""Resources and conditions of the deployer's statements: names, or tags for services with ids."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from iam_prover.reference import action_details, resource_type
from mlops.bootstrap.needs import BEFORE_TAGS_COUNT
from mlops_contract.names import ENVIRONMENT_TAG, PROJECT

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from environments.settings import EnvironmentSettings
    from promises.world import World

# Services whose resources have ids.
_BY_ID = frozenset({"ec2", "kms", "route53", "route53resolver", "servicecatalog"})
_NAMED_THERE = frozenset({"alias"})
# Resource types with another name in CloudFormation than in IAM.
CALLED_BY_IAM = {
    "vpcflowlog": "flowlog",
    "resolverquerylogconfig": "resolverqueryloggingconfig",
}
# Authorized on all resources, whatever the request names: else composite alarms are not returned
# (CloudWatch User Guide, "CloudWatch API permissions: actions and resources reference").
_OF_ALL = frozenset({"cloudwatch:DescribeAlarms"})
# What handlers of Service Catalog call for tags.
_OF_PORTFOLIOS = frozenset(
    f"servicecatalog:{name}" for name in ("ListTagsForResource", "TagResource", "UntagResource")
)
REQUEST_TAG, _RESOURCE_TAG = "aws:requesttag/${tagkey}", "aws:resourcetag/${tagkey}"
MAKING = ("Create", "Allocate", "Request", "AssociateFirewallRuleGroup")
_TAGGING = frozenset({"ec2:CreateTags", "kms:TagResource", "route53resolver:TagResource"})
SERVICE_ROLE = "iam:CreateServiceLinkedRole"
_VARIABLE = re.compile(r"\$\{\w+\}")

Conditions = tuple[tuple[str, str, tuple[str, ...]], ...]


@dataclass(frozen=True, order=True)
class Scope:
    """ARN patterns (``*`` for an action without resources) and conditions of a statement."""

    resources: tuple[str, ...]
    conditions: Conditions = ()


class Scopes:
    """Scopes of actions in one environment."""

    def __init__(self, world: World, settings: EnvironmentSettings, assets_bucket: str) -> None:
        self._world, self._settings = world, settings
        self._prefix = f"{PROJECT}-{settings.name}"
        self._assets = assets_bucket
        self._kinds = {_plain(each.kind.split("::")[-1]) for each in world.resources}
        self._names = _template_names(world)

    def of(self, action: str) -> Iterator[Scope]:
        """Yield the scopes in which an action is allowed."""
        service, _, name = action.partition(":")
        details = action_details(action)
        types = [] if action in _OF_ALL else self._types(details["resourceTypes"])
        if action == SERVICE_ROLE:
            # Of the resolver, for its logs: made once in an account.
            owner = "route53resolver.amazonaws.com"
            arn = f"arn:{self._world.partition}:iam::{self._world.account}:role/aws-service-role"
            named = ("StringEquals", "iam:AWSServiceName", (owner,))
            yield Scope((f"{arn}/{owner}/*",), (named,))
            return
        if action in _OF_PORTFOLIOS:
            # By the reference only of applications, which have other ARNs.
            for kind in ("Portfolio", "Product"):
                arn, keys = resource_type(service, kind) or ("*", ())
                making = name == "TagResource"
                given = [REQUEST_TAG, *keys] if making else list(keys)
                yield Scope(
                    (_VARIABLE.sub("*", self._here(arn)),), self._tagged(given, making=making)
                )
            return
        if not types:
            tagged = self._tagged(details["conditionKeys"], making=name.startswith(MAKING))
            yield Scope(("*",), tagged if service in _BY_ID else ())
        for each in types:
            yield from self._of_type(action, each, details["conditionKeys"])

    def _types(self, listed: list[dict[str, Any]]) -> list[dict[str, Any]]:
        """Select the required resource types, and the optional ones that the environment has."""
        # A deployment reads objects of a bucket only, and never through an access point.
        listed = [each for each in listed if not each["name"].startswith("accesspoint")]
        return [each for each in listed if each["required"] or self._has(each["name"])] or listed

    def _has(self, kind: str) -> bool:
        # EventBridge tells rules apart by their bus: "rule-on-default-event-bus".
        plain = _plain(kind.partition("-on-")[0])
        return CALLED_BY_IAM.get(plain, plain) in self._kinds

    def _of_type(self, action: str, listed: Mapping[str, Any], keys: list[str]) -> Iterator[Scope]:
        service, _, name = action.partition(":")
        kind = listed["name"]
        found = resource_type(service, kind)
        if found is None:
            return
        arn, own_keys = found
        if service not in _BY_ID or kind in _NAMED_THERE:
            yield Scope(tuple(sorted(self._named(service, kind, arn))))
            return
        here = self._here(arn)
        making = name.startswith(MAKING)
        resources = (_VARIABLE.sub("*", here),)
        if action in _TAGGING:
            yield from self._tagging(service, resources)
            return
        # Of the several resources of a call, only what is made has tags in the request; a subnet's
        # VPC, for example, exists and has its own (service authorization reference of EC2).
        condition_keys = [*listed["conditionKeys"], *keys]
        making = making and REQUEST_TAG in {key.lower() for key in condition_keys}
        yield Scope(resources, self._tagged([*condition_keys, *own_keys], making=making))
        if action in BEFORE_TAGS_COUNT:
            yield Scope(resources, (("Null", f"aws:ResourceTag/{ENVIRONMENT_TAG}", ("true",)),))
        foreign = self._existing_network(kind, here)
        if foreign:
            yield Scope(foreign)

    def _tagged(self, keys: list[str], *, making: bool) -> Conditions:
        known = {key.lower() for key in keys}
        mine = (self._settings.name,)
        if making and REQUEST_TAG in known:
            return (("StringEquals", f"aws:RequestTag/{ENVIRONMENT_TAG}", mine),)
        if _RESOURCE_TAG in known:
            return (("StringEquals", f"aws:ResourceTag/{ENVIRONMENT_TAG}", mine),)
        return ()

    def _tagging(self, service: str, resources: tuple[str, ...]) -> Iterator[Scope]:
        """Allow tagging what is being made or is the environment's own; never another's."""
        mine = (self._settings.name,)
        request = ("StringEquals", f"aws:RequestTag/{ENVIRONMENT_TAG}", mine)
        fresh = (
            ("Null", "ec2:CreateAction", ("false",))
            if service == "ec2"
            else ("Null", f"aws:ResourceTag/{ENVIRONMENT_TAG}", ("true",))
        )
        yield Scope(resources, (request, fresh))
        owned = ("StringEquals", f"aws:ResourceTag/{ENVIRONMENT_TAG}", mine)
        # A request that retags it as another environment's would take it away from this one.
        stays = ("StringEqualsIfExists", f"aws:RequestTag/{ENVIRONMENT_TAG}", mine)
        yield Scope(resources, (owned, stays))

    def _named(self, service: str, kind: str, arn: str) -> set[str]:
        here = self._here(arn)
        if (service, kind) == ("s3", "object"):
            return {here.replace("${BucketName}", self._assets).replace("${ObjectName}", "*")}
        if service in {"codeconnections", "codestar-connections"}:
            delivery = self._settings.delivery
            assert delivery is not None  # noqa: S101 - only a delivery passes a connection
            return {str(delivery.connection_arn)}
        names: tuple[str, ...]
        if (service, kind) == ("ssm", "parameter"):
            names = (f"{PROJECT}/{self._settings.name}/*",)
        elif (service, kind) == ("logs", "log-group"):
            names = (f"/{self._prefix}/*", f"/aws/*/{self._prefix}-*")
        else:
            names = (f"{self._prefix}-*",)
        exact = {
            each
            for each in self._names.get(service, ())
            if not any(_covers(name, each) for name in names)
        }
        first = _VARIABLE.search(here)
        if first is None:
            return {here}
        fixed = {f"{each}*" for each in exact} if service == "logs" else exact
        return {
            _VARIABLE.sub("*", here.replace(first.group(), name, 1)) for name in (*names, *fixed)
        }

    def _here(self, arn: str) -> str:
        partition = self._world.partition
        return (
            arn.replace("${Partition}", partition)
            .replace("${Region}", self._world.region)
            .replace("${Account}", self._world.account)
        )

    def _existing_network(self, kind: str, here: str) -> tuple[str, ...]:
        """Return the ARNs of an existing network, which has no tag of ours."""
        existing = self._settings.network.existing_vpc
        if existing is None:
            return ()
        ids = {
            "vpc": (existing.vpc_id,),
            "subnet": existing.subnet_ids,
            "route-table": tuple(dict.fromkeys(existing.route_table_ids)),
        }.get(kind, ())
        return tuple(_VARIABLE.sub(each, here) for each in ids)


def _plain(name: str) -> str:
    return re.sub(r"[^a-z0-9]", "", name.lower())


def _covers(pattern: str, name: str) -> bool:
    form = ".*".join(re.escape(part) for part in pattern.split("*"))
    return re.fullmatch(form, name) is not None or re.fullmatch(form, name[1:]) is not None


def _template_names(world: World) -> dict[str, set[str]]:
    """Collect the names that templates give, by service."""
    names: dict[str, set[str]] = {}
    for each in world.resources:
        own = {"name", f"{_plain(each.kind.split('::')[-1])}name"}
        kind = each.kind.split("::")[-1]
        for key, value in {**each.properties, **each.properties.get(f"{kind}Input", {})}.items():
            if _plain(key) in own and isinstance(value, str):
                names.setdefault(each.service, set()).add(value.removeprefix("alias/"))
    return names
