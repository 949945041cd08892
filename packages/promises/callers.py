"""The rows of the table of callers as requests, each with the policies that decide about it."""

from __future__ import annotations

import itertools
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from iam_prover.evaluator import ARBITRARY, PoliciesInForce
from iam_prover.policy import PolicyKind
from iam_prover.principals import role, service
from iam_prover.request import ALWAYS_SET, Request
from mlops_contract.callers import INSIDE, VIA_SERVICE, Work
from mlops_contract.endpoints import taking
from promises.asking import account_of
from promises.caller_places import missing_in, needs_none, values_of
from promises.origin import from_our_network
from promises.world.documents import read_policy
from promises.world.open_properties import once_a_world

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from iam_prover.policy import Policy
    from iam_prover.principals import Caller
    from promises.world import Endpoint, Resource, Role, World

    # Ways to make one request, of which one suffices.
    Ways = tuple[tuple[Request, PoliciesInForce], ...]
    # An action, an ARN and the condition keys beside those that every request has.
    Call = tuple[str, str, Mapping[str, tuple[str, ...]]]

# What a service asks of the key under which it keeps something, by its action.
_KEY_USE = {
    "s3:GetObject": ("kms:Decrypt",),
    "s3:PutObject": ("kms:GenerateDataKey", "kms:Decrypt"),
    "sqs:SendMessage": ("kms:GenerateDataKey", "kms:Decrypt"),
    "sqs:ReceiveMessage": ("kms:Decrypt",),
    "sns:Publish": ("kms:GenerateDataKey", "kms:Decrypt"),
}
# What a rule does with a target that it reaches without a role, by the service of the target.
_OF_RULES = {
    "lambda": (
        "calls the function of a rule",
        "lambda:InvokeFunction",
        "EventBridge User Guide, resource-based policies of Lambda",
    ),
    "sns": (
        "publishes for a rule",
        "sns:Publish",
        "EventBridge User Guide, resource-based policies of SNS",
    ),
    "sqs": (
        "sends for a rule",
        "sqs:SendMessage",
        "EventBridge User Guide, resource-based policies of SQS",
    ),
}
_LEFT = (
    "leaves what a rule could not deliver",
    "sqs:SendMessage",
    "EventBridge User Guide, using dead-letter queues",
)
_SENT = ("aws:SourceArn", "aws:SourceAccount")
_KEYED = {"AWS::SQS::Queue": "KmsMasterKeyId", "AWS::SNS::Topic": "KmsMasterKeyId"}
# How a resource policy names what it is on.
_ON = ("Queues", "Topics", "EventBusName", "FunctionName", "TopicArn", "ModelPackageGroupName")


def asked(world: World, work: Work, who: Role | str) -> Iterator[tuple[str, Ways]]:
    """Yield each request of a row, in words, with the ways to make it, of which one suffices.

    `who` is a role, or the service that calls in its own name. What the templates have nothing for
    is not asked: `unasked` names it.
    """
    given = {
        name: tuple(found[0][0] for value in values if (found := values_of(world, value, who)))
        for name, values in work.given.items()
    }
    if missing_in(world, itertools.chain(*work.given.values()), who):
        return
    for action, pattern in itertools.product(work.actions, work.resources):
        for arns in values_of(world, pattern, who):
            ways = (way for arn in arns for way in _ways(world, work, who, (action, arn, given)))
            yield f"{action} on {arns[0]}", tuple(ways)
            yield from _under_key(world, work, who, (action, arns[0], given))


def unasked(world: World, work: Work, who: Role | str) -> tuple[str, ...]:
    """Return the placeholders of a row that the templates have nothing for, and should have."""
    missing = missing_in(world, (*work.resources, *itertools.chain(*work.given.values())), who)
    return tuple(each for each in missing if not needs_none(world, each))


def of_rules(world: World) -> Iterator[tuple[Resource, str, Work | None]]:
    """Yield what EventBridge does in its own name for every target of a rule: rule, ARN, work.

    What a rule does under a role is that role's work; no work is known of other services' targets.
    """
    for rule in world.of_kind("AWS::Events::Rule"):
        given = {"aws:SourceArn": (rule.arn,), "aws:SourceAccount": (world.account,)}
        for target in rule.properties.get("Targets", ()):
            arn = str(target["Arn"])
            if "RoleArn" not in target:
                does = _OF_RULES.get(arn.split(":")[2])
                yield rule, arn, _of_rule(*does, arn, given) if does else None
            if left := target.get("DeadLetterConfig", {}).get("Arn"):
                yield rule, str(left), _of_rule(*_LEFT, str(left), given)


def _of_rule(
    what: str, action: str, source: str, arn: str, given: Mapping[str, tuple[str, ...]]
) -> Work:
    return Work(what, (action,), (arn,), source, given=given)


def rules_under(world: World, who: Role) -> tuple[str, ...]:
    """Return the ARNs of rules with a target that is reached under a role."""
    return tuple(
        rule.arn
        for rule in world.of_kind("AWS::Events::Rule")
        if any(each.get("RoleArn") == who.arn for each in rule.properties.get("Targets", ()))
    )


def _under_key(world: World, work: Work, who: Role | str, call: Call) -> Iterator[tuple[str, Ways]]:
    """Yield what a service asks of the key under which it keeps the thing."""
    action, arn, given = call
    key_arn = _key_of(world, arn)
    for name in _KEY_USE.get(action, ()) if key_arn else ():
        sent = {key: each for key, each in given.items() if key in _SENT}
        seen = {**sent, **_of_key(world, arn, action.partition(":")[0], who)}
        used = replace(work, origin=VIA_SERVICE)
        ways = tuple(_ways(world, used, who, (name, key_arn or "", seen)))
        yield f"{name} on the key of {arn}", ways


def trusted(world: World, who: Role, by: str, source: str, user: str = "") -> Iterator[Ways]:
    """Yield the requests of a service to work as a role, for each of our resources.

    `user` is what Redshift gives as its external id: for whom it works.
    """
    for (arn,) in values_of(world, source, who) if source else [("",)]:
        context = {
            **ALWAYS_SET,
            **({"aws:SourceArn": (arn,), "aws:SourceAccount": (world.account,)} if arn else {}),
            **({"sts:ExternalId": (user,)} if user else {}),
            "aws:ResourceAccount": (world.account,),
        }
        request = Request(service(by), "sts:AssumeRole", who.arn, context)
        yield ((request, PoliciesInForce(resource=(who.trust,), resource_policy_decides=True)),)


def _ways(
    world: World, work: Work, who: Role | str, call: Call
) -> Iterator[tuple[Request, PoliciesInForce]]:
    action, arn, given = call
    context = {
        **ALWAYS_SET,
        "aws:ViaAWSService": (str(work.origin == VIA_SERVICE).lower(),),
        "aws:ResourceAccount": (_owner(world, arn),),
        **given,
    }
    held, caller = _deciding(world, who, arn), _caller(who)
    if work.origin != INSIDE:
        yield Request(caller, action, arn, context), held
        return
    for endpoint, policy in _from_inside(world, action):
        through = {"aws:SourceVpce": (endpoint,)} if endpoint else {}
        inside = {**context, **from_our_network(world), **through}
        yield Request(caller, action, arn, inside), replace(held, endpoint=policy)


def _caller(who: Role | str) -> Caller:
    return service(who) if isinstance(who, str) else role(who.arn)


def _deciding(world: World, who: Role | str, arn: str) -> PoliciesInForce:
    """Return what decides about a request; what others keep to themselves may allow anything."""
    resource = _policies_on(world, arn)
    decides = any(key.arn == arn for key in world.keys)
    if isinstance(who, str):
        return PoliciesInForce(resource=resource)
    if _owner(world, arn) != world.account:
        return PoliciesInForce(who.identity, who.boundary, ARBITRARY)
    return who.acting(resource, resource_policy_decides=decides)


def _owner(world: World, arn: str) -> str:
    """Return whose a resource is; of buckets, only the table of what crosses tells."""
    before = world.promoted_from
    if before and any(arn.startswith(each.removesuffix("*")) for each in before.objects):
        return before.account
    return account_of(arn) or world.account


@once_a_world
def _policies_on(world: World, arn: str) -> tuple[Policy, ...]:
    for bucket in world.buckets:
        if arn == bucket.arn or arn.startswith(f"{bucket.arn}/"):
            return bucket.policies
    for key in world.keys:
        if key.arn == arn:
            return (key.policy,)
    others = [policy for each, policy in world.other_policies if _is_on(each, arn)]
    return (*others, *_permissions(world))


@once_a_world
def _permissions(world: World) -> tuple[Policy, ...]:
    return tuple(map(_permission, world.of_kind("AWS::Lambda::Permission")))


def _is_on(carrier: Resource, arn: str) -> bool:
    name = arn.rpartition(":")[2].rpartition("/")[2]
    named = [carrier.properties.get(each) for each in _ON]
    texts = [text for each in named for text in (each if isinstance(each, list) else [each])]
    return any(str(text).rpartition(":")[2].rpartition("/")[2] == name for text in texts if text)


def _permission(carrier: Resource) -> Policy:
    """Write a function's permission as the statement that Lambda makes of it."""
    given = carrier.properties
    statement: dict[str, Any] = {
        "Effect": "Allow",
        "Principal": {"Service": given["Principal"]}
        if "." in str(given["Principal"])
        else {"AWS": given["Principal"]},
        "Action": given["Action"],
        "Resource": given["FunctionName"],
    }
    conditions = {"ArnLike": ("SourceArn",), "StringEquals": ("SourceAccount",)}
    found = {
        operator: {f"aws:{name}": given[name] for name in names if name in given}
        for operator, names in conditions.items()
    }
    if any(found.values()):
        statement["Condition"] = {name: each for name, each in found.items() if each}
    document = {"Version": "2012-10-17", "Statement": [statement]}
    return read_policy(document, PolicyKind.RESOURCE, carrier.where)


def _from_inside(world: World, action: str) -> tuple[tuple[str, Policy | None], ...]:
    """List the ways in from inside; of an existing VPC, whose endpoints nobody sees, any."""
    if action.startswith("s3:"):
        return world.ways_to_s3
    names = taking(action)
    found = [(each.resource.ref, each.policy) for each in reachable(world) if each.service in names]
    return tuple(found) or ((("", None),) if world.network_of_others else ())


@once_a_world
def reachable(world: World) -> tuple[Endpoint, ...]:
    """List the interface endpoints that names resolve to where our jobs, builds and functions are.

    Without private names, in another VPC, or for another region, nobody comes to them.
    """
    subnets = [each for each in world.of_kind("AWS::EC2::Subnet") if each.ref in world.subnet_ids]
    networks = {str(each.properties.get("VpcId")) for each in subnets}
    return tuple(each for each in world.endpoints if _is_reached(world, each, networks))


def _is_reached(world: World, endpoint: Endpoint, networks: set[str]) -> bool:
    given = endpoint.resource.properties
    return (
        not endpoint.is_gateway
        and given.get("PrivateDnsEnabled") is True
        and str(given.get("ServiceName")).endswith(f".{world.region}.{endpoint.service}")
        # Of an existing VPC no template has the subnets.
        and (world.network_of_others or str(given.get("VpcId")) in networks)
    )


def _key_of(world: World, arn: str) -> str | None:
    for bucket in world.buckets:
        if arn.startswith(f"{bucket.arn}/"):
            return bucket.key_arn
    for kind, name in _KEYED.items():
        for each in world.of_kind(kind):
            if each.arn == arn:
                return str(each.properties.get(name) or "") or None
    return None


def _of_key(world: World, arn: str, via: str, who: Role | str) -> dict[str, tuple[str, ...]]:
    """Return what KMS sees: the service that keeps it, and the object or bucket for S3."""
    context: dict[str, tuple[str, ...]] = {}
    if not isinstance(who, str):
        context["kms:ViaService"] = (f"{via}.{world.region}.amazonaws.com",)
        context["kms:CallerAccount"] = (world.account,)
    if via == "s3":
        context["kms:EncryptionContext:aws:s3:arn"] = (arn.partition("/")[0],)
    return context
