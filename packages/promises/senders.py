"""Promise on who sends data: they put files under their prefixes, and nobody else does."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from iam_prover.formulas import AllOf, Not, key, resource_like
from iam_prover.principals import role as session_of
from iam_prover.question import any_session
from iam_prover.reference import names
from iam_prover.request import Request
from mlops_contract.data_places import KINDS, RAW, is_dataset
from mlops_contract.metadata import SENDERS
from promises.asking import (
    Subject,
    account_of,
    any_identity,
    can,
    inside,
    lacks,
    never_by,
    owned,
)
from promises.buckets import ENDPOINT, bucket_actions
from promises.claims import Allowed, Claim, Fact, Promise
from promises.keys import ADMINISTRATION

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from iam_prover.policy import Policy
    from mlops_contract.metadata import Sender
    from promises.world import Bucket, Key, World

PUT, ABORT = "s3:PutObject", "s3:AbortMultipartUpload"
_SENDING = (PUT, ABORT)
_ENCRYPTING = ("kms:Decrypt", "kms:GenerateDataKey")
_CONTEXT, _VIA = "kms:EncryptionContext:aws:s3:arn", "kms:ViaService"
_UNLESS_THERE, _CREATES = "s3:if-none-match", "s3:ObjectCreationOperation"
# A call that would put an object in the place of another of its name.
_REPLACES = AllOf((key("Null", _UNLESS_THERE, "true"), Not(key("Bool", _CREATES, "false"))))
_ROLE = re.compile(r"arn:aws:iam::[0-9]{12}:role/[\w+=,.@/-]+")
_WAYS = (ENDPOINT, "aws:PrincipalOrgID")


def senders_only_send(world: World) -> Iterator[Claim]:
    """Claim promise 23."""
    for bucket in world.buckets:
        senders = bucket.resource.record(SENDERS)
        for each in senders:
            yield Fact(
                bucket.resource.where,
                f"the sender {each.role} is one role with prefixes of data sets, and comes one way",
                _is_plain(each, world),
            )
            yield from _only_sends(world, bucket, each)
            yield from _sends(world, bucket, each)
            for used in world.keys:
                if used.arn == bucket.key_arn:
                    yield from _encrypts(world, bucket, each, used)
        if senders:
            yield from _nobody_else(world, bucket, senders)


def _is_plain(sender: Sender, world: World) -> bool:
    places = [each.split("/") for each in sender.prefixes]
    of_data = all(
        len(parts) == len(("data set", "kind", ""))
        and is_dataset(parts[0])
        and parts[1] in KINDS
        and not parts[2]
        for parts in places
    )
    own = account_of(sender.role) == world.account
    way = not sender.value if own else sender.condition in _WAYS and bool(sender.value)
    value = not set("*?$") & set(sender.value)
    return bool(_ROLE.fullmatch(sender.role)) and bool(places) and of_data and way and value


def _only_sends(world: World, bucket: Bucket, sender: Sender) -> Iterator[Claim]:
    caller, where = [any_session(sender.role)], inside(bucket)
    subject = Subject(bucket.resource.where, any_identity(*bucket.policies), owned(world))
    others = [each for each in bucket_actions() if each not in _SENDING]
    yield subject.never(f"do as {sender.role} other than put files", caller, others, where)
    beyond = Not(resource_like(*_places(bucket, sender)))
    what = f"put files as {sender.role} outside {' and '.join(sender.prefixes)}"
    yield subject.never(what, caller, _SENDING, where, beyond)
    by = (sender.condition, sender.value) if sender.value else (ENDPOINT, *world.s3_endpoint_ids)
    what = f"put files as {sender.role} by another way than {by[0]} {', '.join(by[1:])}"
    yield subject.never(what, caller, _SENDING, where, lacks(*by))
    what = f"replace a file as {sender.role}"
    yield subject.never(what, caller, [PUT], where, _REPLACES)


def _sends(world: World, bucket: Bucket, sender: Sender) -> Iterator[Claim]:
    ways: list[tuple[dict[str, tuple[str, ...]], Policy | None]]
    ways = [({sender.condition: (sender.value,)}, None)]
    if not sender.value:
        ways = [({ENDPOINT: (name,)}, policy) for name, policy in world.ways_to_s3]
    steps: tuple[tuple[str, str, dict[str, tuple[str, ...]]], ...] = (
        ("puts a file", PUT, {_UNLESS_THERE: ("*",), _CREATES: ("true",)}),
        ("puts a part of a large file", PUT, {_CREATES: ("false",)}),
        ("gives up a large file", ABORT, {}),
    )
    for place in _places(bucket, sender):
        for what, action, context in steps:
            candidates = [
                (
                    Request(
                        session_of(sender.role),
                        action,
                        place.replace("*", "today/rows.csv"),
                        {**owned(world), "aws:SecureTransport": ("true",), **way, **context},
                    ),
                    any_identity(*bucket.policies, endpoint=policy),
                )
                for way, policy in ways
            ]
            yield Allowed(
                bucket.resource.where, f"{sender.role} {what} under {place}", tuple(candidates)
            )


def _encrypts(world: World, bucket: Bucket, sender: Sender, used: Key) -> Iterator[Claim]:
    policies, caller = any_identity(used.policy, decides=True), [any_session(sender.role)]
    subject = Subject(used.resource.where, policies, owned(world), used.arn)
    own = account_of(sender.role) == world.account
    # Administering a key, which uses it for nothing, is its own account's (promise 12).
    beside = (*_ENCRYPTING, *(ADMINISTRATION if own else ()))
    others = [each for each in names("kms", "key") if each not in beside]
    what = f"do with the key as {sender.role} other than encrypt files"
    yield subject.never(what, caller, others)
    service = f"s3.{world.region}.amazonaws.com"
    here = (bucket.arn, *_places(bucket, sender))
    what = f"use the key as {sender.role} other than through S3 for what it sends"
    for beyond in (key("StringEquals", _VIA, service), key("StringLike", _CONTEXT, *here)):
        yield subject.never(what, caller, _ENCRYPTING, Not(beyond))
    context = {
        **owned(world),
        _VIA: (service,),
        "kms:CallerAccount": (account_of(sender.role),),
        _CONTEXT: (bucket.arn,),
    }
    for action in _ENCRYPTING:
        request = Request(session_of(sender.role), action, used.arn, context)
        yield can(used.resource.where, f"{sender.role} has S3 encrypt", request, policies)


def _nobody_else(world: World, bucket: Bucket, senders: Sequence[Sender]) -> Iterator[Claim]:
    """Claim that no role of ours puts files there; a deployment does bring data to train with."""
    places = {place for each in senders for place in _places(bucket, each)}
    sent = sorted(each for each in places if not each.endswith(f"/{RAW}/*"))
    known = {each.role for each in senders}
    for role in world.roles if sent else ():
        if role.arn not in known:
            what = f"put files where only senders do, in {bucket.name}"
            there = resource_like(*sent)
            yield never_by(role, what, [PUT], there, resource=bucket.policies)


def _places(bucket: Bucket, sender: Sender) -> list[str]:
    return [f"{bucket.arn}/{prefix}*" for prefix in sender.prefixes]


def who_sends(world: World) -> Iterator[str]:
    """List who sends what, and how it comes."""
    for bucket in world.buckets:
        for each in bucket.resource.record(SENDERS):
            way = f"{each.condition} {each.value}" if each.value else "our S3 endpoint"
            yield f"{each.role} puts files under {', '.join(_places(bucket, each))} by {way}"


PROMISES = (
    Promise(
        23,
        "Who sends data puts new files under its own prefixes, by its own way, and does nothing"
        " else; no role of ours puts batches or truth there",
        "S3 User Guide, conditional writes, multipart upload; IAM User Guide, aws:SourceVpce,"
        " aws:PrincipalOrgID; KMS Developer Guide, kms:ViaService, encryption context",
        (
            "senders may have any identity policy whatever",
            "S3 names the bucket or the object in the encryption context (SSE-KMS)",
            "AWS sets aws:SourceVpce, aws:PrincipalOrgID and s3:ObjectCreationOperation",
            "who is named by no policy of the key stores nothing: promises 4, 12 and 14",
        ),
        senders_only_send,
        "no sender is in the templates",
        who_sends,
        enforced_by=(
            "the policies of the bucket of data and its key, from `senders` in the settings"
            " ([how](send-data.md))"
        ),
    ),
)
