"""Promise on environments that share an account: a service works here for one of them."""

from __future__ import annotations

import re
from dataclasses import replace
from functools import cache
from typing import TYPE_CHECKING, Final, cast

from iam_prover.formulas import Not, key, resource_like
from iam_prover.principals import CallerKind, service
from iam_prover.question import CallerPattern
from iam_prover.reference import names, resource_patterns
from iam_prover.request import Request
from mlops_common.symbols import open_in
from mlops_contract.names import PROJECT, environments_named, prefix
from promises.accounts import DESCRIBE_KEY, DESCRIBED_FOR_ANYBODY, prefix_of_actions
from promises.asking import (
    SERVICES,
    SOURCE_ARN,
    Subject,
    any_identity,
    can,
    inside,
    lacks,
    outside,
    owned,
    patterns_of,
)
from promises.buckets import bucket_actions
from promises.claims import Claim, Fact, Never, Promise, Undecided, undecided
from promises.duties import is_ours
from promises.indirection import ASSUME
from promises.world.open_policies import is_open

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from iam_prover.formulas import Formula
    from iam_prover.policy import Policy
    from promises.world import Bucket, Key, Resource, Role, World

_SAGEMAKER, _LOG_DELIVERY = "sagemaker.amazonaws.com", "logging.s3.amazonaws.com"
# Services that assume roles and cannot say for which environment: why, and who says so. A role of
# theirs is used for whom a principal with iam:PassRole on it uses it.
UNNAMED: Final = {
    "codepipeline.amazonaws.com": (
        "CodePipeline documents no aws:SourceArn (User Guide, Create the CodePipeline service role)"
    ),
    "ec2.amazonaws.com": (
        "EC2 sends no source (EC2 User Guide, IAM roles for Amazon EC2: the trust policy)"
    ),
    "lambda.amazonaws.com": (
        "Lambda sends no source (Developer Guide, permissions with an execution role: aws:SourceArn"
        " is for policies of functions)"
    ),
    "redshift.amazonaws.com": (
        "Redshift says for which user of a database, in sts:ExternalId (Management Guide, "
        "Restricting access to IAM roles), and a warehouse is of no environment"
    ),
    _SAGEMAKER: (
        "aws:SourceArn is the job, which SageMaker names pipelines-<execution>-<step> (Developer "
        "Guide, cross-service confused deputy prevention: a kind of job, or all)"
    ),
    "servicecatalog.amazonaws.com": (
        "Service Catalog documents no aws:SourceArn (Administrator Guide, launch constraints)"
    ),
    "vpc-flow-logs.amazonaws.com": (
        "aws:SourceArn is the flow log, whose id AWS makes after the role (VPC User Guide, IAM role"
        " for publishing flow logs to CloudWatch Logs)"
    ),
}
# EventBridge User Guide, encrypting event buses: this context, with the bus as the source.
_BUS = "kms:EncryptionContext:aws:events:event-bus:arn"
_CONTEXTS = ("kms:encryptioncontext:aws:logs:arn", "kms:encryptioncontext:aws:s3:arn")
_OPEN_ROLE = re.compile(rf"{PROJECT}-[a-z0-9]*\+")
_TYPE = re.compile(r"[\w-]+[:/]")
_FOR_ANOTHER = "as a service that works for another environment of the account"


class _Environment:
    """Resources of an environment: those of its templates, and what is named after it."""

    def __init__(self, world: World, name: str) -> None:
        self.account, self.region = world.account, world.region
        self._made = {each.arn.removesuffix(":*") for each in world.resources}
        self._buckets = {each.arn for each in world.buckets}
        # After the type, if the service has types, comes the name; a log group's may follow AWS's
        # own path. Where another name comes first, as a bus's before its rule's or a pipeline's
        # before its action's, what follows says nothing.
        self._named = re.compile(
            rf"arn:[^:]+:(?P<service>[\w-]+):[^:]*:{world.account}:(?P<type>{_TYPE.pattern})??"
            rf"(?:/(?:aws/[\w-]+/)?)?{prefix(name)}(?:[-/:].*)?"
        )

    def has(self, arn: str) -> bool:
        """Check whether all that an ARN, or a pattern of ARNs, fits is of the environment."""
        return arn in self._made or arn.partition("/")[0] in self._buckets or self._is_named(arn)

    def _is_named(self, arn: str) -> bool:
        found = self._named.fullmatch(arn)
        return found is not None and (
            not found["type"] or found["type"] in _types(found["service"].lower())
        )


@cache
def _types(service: str) -> frozenset[str]:
    """Return the words before names in a service's ARNs, such as ``rule/``; a topic has none."""
    arns = {arn for name in names(service) for arn in resource_patterns(name)}
    starts = (_TYPE.match(arn.split(":", 5)[-1]) for arn in arns if arn.startswith("arn:"))
    return frozenset(found[0] for found in starts if found)


def for_one_environment(world: World) -> Iterator[Claim]:
    """Claim promise 20, where roles say by their names what an environment's names begin with."""
    environments = _environments(world)
    yield from _unsaid(world, environments)
    if len(environments) != 1:
        return
    ours = _Environment(world, environments[0])
    for bucket in world.buckets:
        yield from _of_bucket(world, bucket, ours)
    for each in world.keys:
        yield from _of_key(world, each, ours)
    for resource, policy in world.other_policies:
        start = prefix_of_actions(resource)
        subject = Subject(resource.where, any_identity(policy), owned(world))
        what = f"use the {start} resource {_FOR_ANOTHER}"
        yield from _never(ours, subject, what, [SERVICES], names(start))
    for role in world.roles:
        subject = Subject(
            role.resource.where, any_identity(role.trust, decides=True), owned(world), role.arn
        )
        callers = [CallerPattern(SERVICES.kind, except_arns=tuple(_unnamed(world, role)))]
        what = f"become {role.name} {_FOR_ANOTHER}"
        yield from _never(ours, subject, what, callers, ASSUME)
    for permission in world.of_kind("AWS::Lambda::Permission"):
        yield from _of_permission(permission, ours)


def _unsaid(world: World, environments: Sequence[str]) -> Iterator[Undecided]:
    """Claim that roles say of which one environment they are."""
    for role in world.roles:
        if _OPEN_ROLE.match(role.name) and (hangs_on := open_in(role.name)):
            what = "after which environment the role is named"
            yield undecided(role.resource.where, what, hangs_on)
    if len(environments) > 1:
        what = f"roles are named after several environments, {', '.join(environments)}"
        yield Undecided(world.name, f"not decided: {what}; judge the templates of each alone")
    if not environments and is_ours(world):
        what = "roles have charters, and none is named after an environment"
        yield Undecided(world.name, f"not decided: {what}")


def _never(
    ours: _Environment,
    subject: Subject,
    what: str,
    callers: Sequence[CallerPattern],
    actions: Sequence[str],
    *formulas: Formula,
) -> Iterator[Never]:
    """Claim that no service acts for a source that is not ours.

    First for examples, to which z3 finds an answer at once, then for all.
    """
    policies = cast("tuple[Policy, ...]", subject.policies.resource)
    patterns = sorted({text for each in policies for text in patterns_of(each, SOURCE_ARN)})
    others = [text for text in patterns if not ours.has(text) and not is_open(text)]
    for text in (*others, f"arn:aws:any:{ours.region}:{ours.account}:other"):
        source = {"aws:SourceAccount": (ours.account,), "aws:SourceArn": (_example(text),)}
        example = replace(subject, context={**subject.context, **source})
        yield example.never(f"{what}, as {_example(text)}", callers, actions, *formulas)
    within = [one for each in policies for one in outside(each, SOURCE_ARN, ours.has)]
    yield subject.never(what, callers, actions, *formulas, *within)


def _example(pattern: str) -> str:
    return pattern.replace("*", "example").replace("?", "x")


def _environments(world: World) -> list[str]:
    """List the environments after which roles are named."""
    return environments_named(each.name for each in world.roles)


def _unnamed(world: World, role: Role) -> list[str]:
    """List the services that cannot say for which environment; of a pipeline, SageMaker can."""
    bound = {_SAGEMAKER} if role.arn in world.pipeline_roles.values() else set()
    return sorted(set(UNNAMED) - bound)


def _of_bucket(world: World, bucket: Bucket, ours: _Environment) -> Iterator[Claim]:
    subject = Subject(bucket.resource.where, any_identity(*bucket.policies), owned(world))
    here, actions = inside(bucket), bucket_actions()
    what = f"reach the bucket or its objects {_FOR_ANOTHER}"
    yield from _never(ours, subject, what, [SERVICES], actions, here)
    logs = {
        each.arn: str(logging.get("LogFilePrefix", ""))
        for each in world.buckets
        if (logging := each.resource.properties.get("LoggingConfiguration"))
        and logging.get("DestinationBucketName") == bucket.name
    }
    delivery = [CallerPattern(CallerKind.SERVICE, exactly=service(_LOG_DELIVERY))]
    sources = [Not(key("ArnEquals", SOURCE_ARN, *logs, is_open=is_open))] if logs else []
    what = "write access logs of a bucket that does not keep them here"
    yield subject.never(what, delivery, actions, here, *sources)
    # A bucket's ARN has no account: another account that takes a free name has the same ARN.
    what = "write access logs for an account that is not named"
    yield subject.never(what, delivery, actions, here, lacks("aws:SourceAccount", world.account))
    for source, start in logs.items():
        place = f"{bucket.arn}/{start}"
        of_source = key("ArnEquals", SOURCE_ARN, source, is_open=is_open)
        what = f"write access logs of {source} elsewhere than below {start or 'the bucket'}"
        beyond = Not(resource_like(f"{place}*"))
        yield subject.never(what, delivery, actions, here, of_source, beyond)
        context = {
            **owned(world),
            "aws:SecureTransport": ("true",),
            "aws:SourceAccount": (world.account,),
            "aws:SourceArn": (source,),
        }
        request = Request(service(_LOG_DELIVERY), "s3:PutObject", f"{place}log", context)
        what = f"S3 writes access logs of {source}"
        yield can(subject.where, what, request, any_identity(*bucket.policies))


def _of_key(world: World, each: Key, ours: _Environment) -> Iterator[Claim]:
    policies = any_identity(each.policy, decides=True)
    subject = Subject(each.resource.where, policies, owned(world), each.arn)
    within = [one for name in _CONTEXTS for one in outside(each.policy, name, ours.has)]
    every = names("kms", "key")
    others = [action for action in every if action != DESCRIBE_KEY]
    what = f"use or administer the key {_FOR_ANOTHER}"
    yield from _never(ours, subject, what, [SERVICES], others, *within)
    callers = [CallerPattern(SERVICES.kind, except_arns=DESCRIBED_FOR_ANYBODY)]
    what = f"describe the key {_FOR_ANOTHER}"
    yield from _never(ours, subject, what, callers, [DESCRIBE_KEY], *within)
    for bus in world.of_kind("AWS::Events::EventBus"):
        if bus.properties.get("KmsKeyIdentifier") in {each.arn, each.resource.ref}:
            source = {"aws:SourceAccount": (ours.account,), "aws:SourceArn": (bus.arn,)}
            for_bus = replace(subject, context={**subject.context, **source})
            what = f"use the key for {bus.ref} in another encryption context than EventBridge's"
            yield for_bus.never(what, [SERVICES], others, lacks(_BUS, bus.arn))


def _of_permission(permission: Resource, ours: _Environment) -> Iterator[Fact]:
    principal = str(permission.properties.get("Principal", ""))
    if not principal.startswith("arn:") and "." in principal:  # a service
        source = str(permission.properties.get("SourceArn", ""))
        what = f"{principal} calls the function for this environment, not for {source or 'any'}"
        yield Fact(permission.where, what, ours.has(source))


def used_for_any(world: World) -> Iterator[str]:
    """List the services that assume roles for any resource of the account, with the roles."""
    found: dict[str, list[str]] = {}
    for role in world.roles if _environments(world) else ():
        for name in set(role.trusted_services) & set(_unnamed(world, role)):
            found.setdefault(name, []).append(role.name)
    for name, roles in sorted(found.items()):
        assumed = ", ".join(sorted(roles))
        yield f"{name} for any resource of the account, since {UNNAMED[name]}: {assumed}"


PROMISES = (
    Promise(
        20,
        "A service that a policy lets in works for this environment, not for another of its "
        "account, save by the listed roles",
        "IAM User Guide, the confused deputy problem, aws:SourceArn; the guides of the services",
        (
            "callers may have any identity policy whatever",
            "what the account has under an environment's name is that environment's",
            "S3 and CloudWatch Logs name the bucket or the log group in the encryption context",
            "EventBridge may describe a key (kms:DescribeKey: its ARN and kind), for anybody",
            "a service takes a listed role from those only who may pass it: promise 11",
        ),
        for_one_environment,
        "no role is named after an environment, so that templates of others are asked about the "
        "account only, by promise 14",
        used_for_any,
        enforced_by=(
            "`aws:SourceArn` in the policies of roles, buckets, keys, queues, topics and all else "
            "that has a policy, and in Lambda permissions; the encryption context in those of keys;"
            " access logs only of the buckets that keep them there, each below its own prefix"
        ),
    ),
)
