"""Phrases that several promises use."""

from __future__ import annotations

import re
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

from iam_prover.evaluator import ARBITRARY, PoliciesInForce
from iam_prover.formulas import AllOf, AnyOf, Not, ResourceLike, key, resource_like
from iam_prover.principals import CallerKind, role
from iam_prover.question import CallerPattern, Question, RequestPattern, any_session, anyone
from iam_prover.question import strangers as strangers_to
from iam_prover.request import Request
from mlops_contract.metadata import SENDERS
from promises.claims import Allowed, Never
from promises.origin import from_our_network
from promises.world.open_policies import is_open

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence

    from iam_prover.evaluator import Arbitrary
    from iam_prover.formulas import Formula
    from iam_prover.policy import Policy
    from promises.world import Bucket, Role, World

_ACCOUNT_IN_ARN = 4
SOURCE_ARN = "aws:sourcearn"
# What a promise assumes that asks about `insiders` only.
OUTSIDERS = "nobody of another account has access to anything: promise 14"
SERVICES = CallerPattern(CallerKind.SERVICE)
# What people fear first of a service's actions; the others follow in the reference's order.
_FEARED = {
    name: place
    for place, name in enumerate(
        (
            *("s3:GetObject", "s3:PutObject", "s3:DeleteObject", "s3:ListBucket"),
            *("s3:GetObjectVersion", "s3:DeleteObjectVersion", "s3:PutBucketPolicy"),
            *("kms:Decrypt", "kms:GenerateDataKey", "kms:Encrypt", "kms:CreateGrant"),
            *("kms:PutKeyPolicy", "kms:ScheduleKeyDeletion", "sts:AssumeRole", "iam:PassRole"),
            *("iam:PutRolePolicy", "iam:AttachRolePolicy", "iam:CreateAccessKey"),
            *("lambda:InvokeFunction", "lambda:UpdateFunctionCode", "sqs:ReceiveMessage"),
            *("sqs:SendMessage", "sns:Subscribe", "sns:Publish", "events:PutEvents"),
            *("secretsmanager:GetSecretValue", "ssm:GetParameter", "dynamodb:GetItem"),
            *("ecr:BatchGetImage", "ecr:PutImage", "logs:GetLogEvents", "logs:PutLogEvents"),
            *("codeartifact:ReadFromRepository", "codeartifact:PublishPackageVersion"),
            *("sagemaker:CreateTrainingJob", "sagemaker:CreateProcessingJob"),
            *("sagemaker:InvokeEndpoint", "sagemaker:CreateModel", "codebuild:StartBuild"),
        )
    )
}


def strangers(world: World) -> tuple[CallerPattern, ...]:
    """Return everybody of other accounts or of none, who is no AWS service."""
    return strangers_to(account=world.account)


def outsiders(world: World) -> tuple[CallerPattern, ...]:
    """Return everybody of other accounts but the role that reads models; see promise 19."""
    if world.promotes_to is None or world.promotes_to.account == world.account:
        return strangers(world)
    return but(strangers(world), [world.promotes_to.role])


def senders(world: World, *buckets: Bucket) -> tuple[str, ...]:
    """Return the roles of other accounts that put files into buckets; see promise 23."""
    rows = (row.role for each in buckets for row in each.resource.record(SENDERS))
    return tuple(sorted({arn for arn in rows if account_of(arn) != world.account}))


def but(callers: Iterable[CallerPattern], arns: Sequence[str]) -> tuple[CallerPattern, ...]:
    """Exclude roles from sets of callers."""
    return tuple(
        replace(each, except_arns=(*each.except_arns, *arns))
        if each.kind is CallerKind.ROLE
        else each
        for each in callers
    )


def account_and_strangers(world: World) -> tuple[CallerPattern, ...]:
    """Return every caller but AWS services."""
    return (*anyone(account=world.account), *strangers(world))


def everybody(world: World) -> tuple[CallerPattern, ...]:
    """Return every caller there is."""
    return (*account_and_strangers(world), SERVICES)


def insiders(world: World, except_arns: tuple[str, ...] = ()) -> tuple[CallerPattern, ...]:
    """Return every identity of the account and every service, save some; see `OUTSIDERS`.

    Whom an identity provider or a CloudFront identity of the account lets in is one of them.
    """
    identities = tuple(each for each in except_arns if each.startswith("arn:"))
    others = tuple(each for each in except_arns if each not in identities)
    kinds = (CallerKind.SERVICE, CallerKind.FEDERATED, CallerKind.ORIGIN_ACCESS)
    return (
        *anyone(account=world.account, except_arns=identities),
        *(CallerPattern(kind, except_arns=others) for kind in kinds),
    )


def for_another_account(world: World, *policies: Policy) -> Not:
    """Match requests of a service that names no account it works for, or another one.

    AWS tells by ``aws:SourceAccount`` or ``aws:SourceArn``, by both or by none of them. An ARN
    without account, as a bucket has, tells it only where these templates hold the bucket. The
    policies' own patterns of this account add nothing, but the solver knows them.
    """
    ours = re.compile(rf"arn:([^:]*:){{3}}{world.account}:")
    found = {text for each in policies for text in patterns_of(each, SOURCE_ARN)}
    known = sorted(filter(ours.match, found))
    arns = (f"arn:*:*:*:{world.account}:*", *(each.arn for each in world.buckets), *known)
    return Not(
        AnyOf(
            (
                key("StringEquals", "aws:SourceAccount", world.account),
                key("ArnLike", SOURCE_ARN, *arns, is_open=is_open),
            )
        )
    )


def owned(world: World) -> dict[str, tuple[str, ...]]:
    """Return the context of requests for resources of the account."""
    return {"aws:ResourceAccount": (world.account,)}


def outside(policy: Policy, name: str, is_ours: Callable[[str], bool]) -> list[Not]:
    """Match what a policy's own patterns of a key that are ours leave out; the solver knows these.

    Where it has none, the list is empty, and matches everything.
    """
    patterns = sorted(filter(is_ours, patterns_of(policy, name)))
    return [Not(key("ArnLike", name, *patterns, is_open=is_open))] if patterns else []


def patterns_of(policy: Policy, name: str) -> set[str]:
    """Collect what a policy compares a key with, its name in lower case."""
    return {
        value.text
        for statement in policy.statements
        for condition in statement.conditions
        if condition.key.lower() == name
        for value in condition.values
    }


def inside(bucket: Bucket) -> ResourceLike:
    """Match the bucket and its objects."""
    return resource_like(bucket.arn, f"{bucket.arn}/*")


@dataclass(frozen=True)
class Subject:
    """A resource that claims are about, with the policies and the context of its requests."""

    where: str
    policies: PoliciesInForce
    context: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    resource: str | None = None

    def never(
        self,
        what: str,
        callers: Iterable[CallerPattern],
        actions: Iterable[str],
        *formulas: Formula,
    ) -> Never:
        """Claim that no such request is let through; a breach shows what is feared most."""
        every = tuple(actions)
        feared = sorted(_FEARED.keys() & every, key=_FEARED.__getitem__)
        ordered = (*feared, *(each for each in every if each not in _FEARED))
        pattern = RequestPattern(
            tuple(callers), ordered, self.resource, formulas, dict(self.context)
        )
        return Never(self.where, what, Question(self.policies, pattern))


def can(subject: str, what: str, request: Request, policies: PoliciesInForce) -> Allowed:
    """Claim that a request is let through."""
    return Allowed(subject, what, ((request, policies),))


def never_by(
    who: Role,
    what: str,
    actions: Iterable[str],
    *where: Formula,
    resource: tuple[Policy, ...] | Arbitrary = (),
) -> Never:
    """Claim that a role's own policies never let such a request through."""
    subject = Subject(who.resource.where, who.acting(resource))
    return subject.never(what, [any_session(who.arn)], actions, *where)


def any_identity(
    *resource: Policy, endpoint: Policy | None = None, decides: bool = False
) -> PoliciesInForce:
    """Combine any identity policies, written or not, with these others."""
    return PoliciesInForce(ARBITRARY, None, resource, endpoint, decides)


def through_endpoint(policy: Policy) -> PoliciesInForce:
    """Combine any identity and resource policies with this endpoint's."""
    return PoliciesInForce(ARBITRARY, None, ARBITRARY, policy)


def good(
    who: Role, action: str, resource: str, context: Mapping[str, tuple[str, ...]] | None = None
) -> Request:
    """Return a role's request; ``aws:ResourceAccount`` is the ARN's account or else the role's."""
    owner = account_of(resource) or account_of(who.arn)
    return Request(
        role(who.arn), action, resource, {"aws:ResourceAccount": (owner,), **(context or {})}
    )


def through(
    ways: World, who: Role, action: str, bucket: Bucket, place: str, *, owner: str
) -> Iterator[tuple[Request, PoliciesInForce]]:
    """Yield a role's request for an object, with what decides, through each endpoint of a world."""
    for endpoint, policy in ways.ways_to_s3:
        context = {
            "aws:ResourceAccount": (owner,),
            "aws:SecureTransport": ("true",),
            "aws:SourceVpce": (endpoint,),
            **from_our_network(ways),
        }
        request = good(who, action, f"{bucket.arn}/{place}", context)
        yield request, who.acting(bucket.policies, endpoint=policy)


def not_among(name: str, values: Iterable[str], *, many: bool = False) -> Formula:
    """Match requests where a key is missing, or has (also) another value than these."""
    listed = tuple(values)
    operator = "ForAnyValue:StringNotEquals" if many else "StringNotEquals"
    missing = key("Null", name, "true")
    return AnyOf((missing, key(operator, name, *listed))) if listed else AllOf(())


def lacks(name: str, *values: str) -> Formula:
    """Match requests where a single-valued key has none of these values, or is missing."""
    return Not(key("StringEquals", name, *values))


def account_of(arn: str) -> str:
    """Return the account in an ARN; empty where it has none, as those of buckets."""
    return (*arn.split(":"), "", "", "", "")[_ACCOUNT_IN_ARN]
