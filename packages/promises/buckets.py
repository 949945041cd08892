"""Promises on the buckets: the endpoint, the transport, the key."""

from __future__ import annotations

from itertools import groupby
from typing import TYPE_CHECKING

from iam_prover.evaluator import PoliciesInForce
from iam_prover.formulas import AllOf, AnyOf, Not, key, present, resource_like
from iam_prover.policy import Effect
from iam_prover.principals import CallerKind, NameKind, service
from iam_prover.question import CallerPattern, any_session
from iam_prover.reference import names
from iam_prover.request import Request
from mlops_contract.metadata import VIA_SERVICE
from promises.asking import (
    OUTSIDERS,
    Subject,
    any_identity,
    inside,
    insiders,
    lacks,
    owned,
    senders,
    through,
)
from promises.claims import Allowed, Claim, Fact, Promise
from promises.world.open_policies import is_open

if TYPE_CHECKING:
    from collections.abc import Iterator

    from iam_prover.formulas import Formula
    from iam_prover.policy import Policy
    from promises.world import Bucket, Resource, Role, World

ENDPOINT = "aws:SourceVpce"
ENCRYPTION = "s3:x-amz-server-side-encryption"
KEY_ID = f"{ENCRYPTION}-aws-kms-key-id"
CUSTOMER_KEY = f"{ENCRYPTION}-customer-algorithm"
# And where their policies name them.
_QUEUES_AND_TOPICS = {"AWS::SQS::Queue": "Queues", "AWS::SNS::Topic": "Topics"}
# All that a topic's policy can speak of: SNS refuses a policy with another action. The others
# confirm subscriptions and look at tags; none of them carries a message.
_IN_TOPIC_POLICIES = (
    *("sns:AddPermission", "sns:DeleteTopic", "sns:GetDataProtectionPolicy"),
    *("sns:GetTopicAttributes", "sns:ListSubscriptionsByTopic", "sns:Publish"),
    *("sns:PutDataProtectionPolicy", "sns:RemovePermission", "sns:SetTopicAttributes"),
    "sns:Subscribe",
)
_AROUND = "reach the bucket or its objects other than through our S3 endpoint"
_NO_BUCKET = "no bucket is in the templates"


def bucket_actions() -> tuple[str, ...]:
    """List the S3 actions on a bucket or its objects, data and metadata alike."""
    return names("s3", "bucket", "object")


def _subject(world: World, bucket: Bucket) -> Subject:
    return Subject(bucket.resource.where, any_identity(*bucket.policies), owned(world))


def _callers(world: World, bucket: Bucket) -> tuple[CallerPattern, ...]:
    """Return everybody who may have access to the bucket: insiders, and senders of elsewhere."""
    return (*insiders(world), *map(any_session, senders(world, bucket)))


def only_through_our_endpoint(world: World) -> Iterator[Claim]:
    """Claim promise 1."""
    outside = lacks(ENDPOINT, *world.s3_endpoint_ids) if world.s3_endpoint_ids else AllOf(())
    for bucket in world.buckets:
        exempt = tuple(sorted({each.principal for each in bucket.exceptions}))
        what, who = _AROUND, insiders(world, exempt)
        subject = _subject(world, bucket)
        yield subject.never(what, who, bucket_actions(), inside(bucket), outside)
        for row in bucket.exceptions:
            yield Fact(
                subject.where,
                f"the exception of {row.principal} is one principal, one action, one prefix",
                not any("*" in part for part in (row.principal, row.action, row.prefix))
                # An action on objects has a prefix; configuration is of the bucket itself.
                and (bool(row.prefix) or row.action not in names("s3", "object")),
            )
        for principal in exempt:
            yield from _no_more_than_listed(world, bucket, principal, outside)
        yield _some_use(world, bucket)


def _no_more_than_listed(
    world: World, bucket: Bucket, principal: str, outside: Formula
) -> Iterator[Claim]:
    caller = (
        CallerPattern(CallerKind.ROLE, arn=principal)
        if principal.startswith("arn:")
        else CallerPattern(CallerKind.SERVICE, exactly=service(principal))
    )
    rows = [each for each in bucket.exceptions if each.principal == principal]
    listed = {each.action for each in rows}
    others = tuple(each for each in bucket_actions() if each not in listed)
    subject = _subject(world, bucket)
    what = f"{principal} does, without our endpoint, what its exceptions do not list"
    yield subject.never(what, [caller], others, inside(bucket), outside)
    by_services = {each.action for each in rows if each.through == VIA_SERVICE}
    if by_services:
        what = f"{principal} does itself what only services do for it"
        itself = Not(key("Bool", "aws:ViaAWSService", "true"))
        yield subject.never(what, [caller], sorted(by_services), inside(bucket), itself, outside)
    # An action may have several rows, each with a prefix of its own.
    places = {
        action: tuple(
            f"{bucket.arn}/{each.prefix}*" if each.prefix else bucket.arn
            for each in rows
            if each.action == action
        )
        for action in listed
    }
    ordered = sorted(listed, key=lambda action: (places[action], action))
    for there, same in groupby(ordered, key=lambda action: places[action]):
        beyond = Not(resource_like(*there))
        what = f"{principal} uses its exception outside {' and '.join(there)}"
        yield subject.never(what, [caller], same, inside(bucket), beyond, outside)


def _some_use(world: World, bucket: Bucket) -> Allowed:
    """Claim that a role reads or writes through the endpoint, or a service delivers."""
    candidates = [
        each
        for role in world.roles
        for place in _places(bucket, role)
        for action in ("s3:GetObject", "s3:PutObject")
        for each in through(world, role, action, bucket, place, owner=world.account)
    ]
    context = {"aws:SecureTransport": ("true",), **owned(world)}
    for name, place, source in _delivering_services(bucket):
        delivered = {**context, "aws:SourceAccount": (world.account,), "aws:SourceArn": (source,)}
        request = Request(service(name), "s3:PutObject", place, delivered)
        candidates.append((request, PoliciesInForce(resource=bucket.policies)))
    what = "somebody of ours reads or writes an object"
    return Allowed(bucket.resource.where, what, tuple(candidates))


def _places(bucket: Bucket, role: Role) -> list[str]:
    patterns = {
        pattern.text
        for policy in (*bucket.policies, *role.identity)
        for statement in policy.statements
        if statement.effect is Effect.ALLOW and statement.resources is not None
        for pattern in statement.resources.patterns
        if pattern.text == "*" or pattern.text.startswith(f"{bucket.arn}/")
    }
    start = f"{bucket.arn}/"
    return sorted(text.removeprefix(start).replace("*", "object") for text in patterns)


def _delivering_services(bucket: Bucket) -> Iterator[tuple[str, str, str]]:
    for policy in bucket.policies:
        for statement in policy.statements:
            if statement.effect is not Effect.ALLOW or not (
                statement.principals and statement.resources
            ):
                continue
            source = next(
                (
                    each.values[0].text
                    for each in statement.conditions
                    if each.key == "aws:SourceArn"
                ),
                "arn:aws:s3:::source",
            )
            for name in statement.principals.names:
                for pattern in statement.resources.patterns:
                    if name.kind is NameKind.SERVICE:
                        yield name.value, pattern.text.replace("*", "object"), source


def only_over_tls(world: World) -> Iterator[Claim]:
    """Claim promise 3."""
    plaintext = {"aws:SecureTransport": ("false",), **owned(world)}
    for bucket in world.buckets:
        subject = Subject(bucket.resource.where, any_identity(*bucket.policies), plaintext)
        what = "reach the bucket or its objects over plain HTTP"
        yield subject.never(what, _callers(world, bucket), bucket_actions(), inside(bucket))
        yield _some_use(world, bucket)
    for resource in world.of_kind(*_QUEUES_AND_TOPICS):
        policies = any_identity(*_policies_of(world, resource))
        subject = Subject(resource.where, policies, plaintext, resource.arn)
        actions = names("sqs", "queue") if resource.service == "sqs" else _IN_TOPIC_POLICIES
        what = f"use the {resource.service} resource over plain HTTP"
        yield subject.never(what, insiders(world), actions)


def _policies_of(world: World, resource: Resource) -> list[Policy]:
    return [
        policy
        for carrier, policy in world.other_policies
        if resource.ref in (carrier.properties.get(_QUEUES_AND_TOPICS[resource.kind]) or ())
    ]


def only_under_our_key(world: World) -> Iterator[Claim]:
    """Claim promise 4."""
    known = {each.arn for each in world.keys}
    for bucket in world.buckets:
        yield Fact(
            bucket.resource.where,
            "a request that names no key gets a customer managed key of these templates",
            bucket.key_arn in known,
        )
        right = bucket.key_arn or "arn:aws:kms:::key/none"
        foreign = AnyOf(
            (
                AllOf((present(KEY_ID), key("ArnNotEquals", KEY_ID, right, is_open=is_open))),
                AllOf((present(ENCRYPTION), key("Null", KEY_ID, "true"))),
                AllOf(
                    (
                        present(ENCRYPTION),
                        key("StringNotEquals", ENCRYPTION, "aws:kms", "aws:kms:dsse"),
                    )
                ),
                present(CUSTOMER_KEY),
            )
        )
        objects = resource_like(f"{bucket.arn}/*")
        what = "store an object under another key than the bucket's"
        subject = _subject(world, bucket)
        yield subject.never(what, _callers(world, bucket), ["s3:PutObject"], objects, foreign)
        yield _some_use(world, bucket)


def listed_exceptions(world: World) -> Iterator[str]:
    """List who gets through without the endpoint, as the templates say."""
    for bucket in world.buckets:
        rows = sorted(bucket.exceptions, key=lambda each: (each.principal, each.prefix))
        for (who, prefix, why, by_whom), same in groupby(
            rows, key=lambda each: (each.principal, each.prefix, each.reason, each.through)
        ):
            actions = ", ".join(sorted(each.action for each in same))
            place = f"{bucket.name}/{prefix}*" if prefix else f"{bucket.name} itself"
            by = f", through {by_whom} only" if by_whom else ""
            yield f"{who} on {place}: {actions}{by} ({why})"


PROMISES = (
    Promise(
        1,
        "Objects and metadata of our buckets are reached through our S3 endpoint only, save the "
        "listed exceptions",
        "IAM User Guide, aws:SourceVpce; S3 User Guide, controlling access from VPC endpoints",
        (
            "callers may have any identity policy whatever",
            "AWS sets aws:SourceVpce on every request through an endpoint, and nobody else can",
            OUTSIDERS,
        ),
        only_through_our_endpoint,
        _NO_BUCKET,
        listed_exceptions,
        enforced_by="bucket policies; exceptions, each one principal, one action, one prefix",
    ),
    Promise(
        3,
        "Nothing reaches a bucket, a queue or a topic over plain HTTP",
        "IAM User Guide, aws:SecureTransport",
        (
            "AWS sets aws:SecureTransport on every request",
            "of a topic: what its policy can speak of, publishing and subscribing among it",
            OUTSIDERS,
        ),
        only_over_tls,
        _NO_BUCKET,
        enforced_by="bucket, queue and topic policies",
    ),
    Promise(
        4,
        "No object is stored without our key",
        "S3 User Guide, specifying server-side encryption with AWS KMS",
        ("a request that names no encryption gets the bucket's default", OUTSIDERS),
        only_under_our_key,
        _NO_BUCKET,
        enforced_by="bucket policies, default encryption",
    ),
)
