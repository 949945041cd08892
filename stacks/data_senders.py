"""The rights of those who send data: they put files under their prefixes, and do nothing else.

Roles of another account are allowed to, on condition of their way here; to roles of this account,
which their own policies may allow anything, all else is denied.
"""

from __future__ import annotations

from itertools import groupby
from typing import TYPE_CHECKING, Any, TypeVar

from aws_cdk import aws_iam as iam

from mlops_contract.metadata import SENDERS, Sender
from secure_mlops_constructs.bucket_perimeter import PerimeterException
from secure_mlops_constructs.encryption_key import KeyUse
from secure_mlops_constructs.metadata import declare
from stacks.buckets import THROUGH_S3

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

    import aws_cdk as cdk
    from aws_cdk import aws_s3 as s3

    from environments.senders import Senders, SenderSettings
    from environments.settings import EnvironmentSettings

# A large file is put in parts, and what was begun is given up by those who began it.
SENDING = ("s3:PutObject", "s3:AbortMultipartUpload")
_ROLE = "aws:PrincipalArn"
_Key = TypeVar("_Key", bound=Any)


def prefixes(senders: Senders) -> list[str]:
    """List the prefixes of everything that is sent."""
    return sorted({prefix for each in senders for prefix in each.prefixes})


def key_uses(partition: str, settings: EnvironmentSettings, bucket: str) -> list[KeyUse]:
    """Let senders encrypt through S3, and S3 put the parts of a large file together for them.

    Source: S3 User Guide, "Multipart upload API and permissions" (``kms:Decrypt``). The encryption
    context is the bucket with a bucket key, so that its policy binds the prefixes.
    """
    arn = f"arn:{partition}:s3:::{bucket}"
    return [
        KeyUse(
            tuple(each.role for each in same),
            ("s3",),
            THROUGH_S3,
            account=account,
            content_arns=(arn, *(f"{arn}/{prefix}*" for prefix in prefixes(tuple(same)))),
        )
        for account, same in _together(settings.senders, lambda each: each.account)
    ]


def exceptions(settings: EnvironmentSettings) -> Iterator[PerimeterException]:
    """Let senders of other accounts through the perimeter; the bucket's policy binds their way."""
    for each in settings.senders:
        _, value = _way(each)
        if not value:
            continue
        for prefix in each.prefixes:
            for action in SENDING:
                reason = f"A sender of data, of account {each.account}, by way of {value} only"
                yield PerimeterException("role", each.role, action, prefix, reason)


def open_bucket(stack: cdk.Stack, senders: Senders, bucket: s3.Bucket) -> None:
    """Let senders put files, refuse them everything else, and declare them."""
    if not senders:
        return
    arn = f"arn:{stack.partition}:s3:::{bucket.bucket_name}"
    for statement in _statements(arn, senders):
        bucket.add_to_resource_policy(statement)
    rows = (Sender(each.role, each.prefixes, *_way(each)) for each in senders)
    declare(bucket, SENDERS, tuple(rows))


def _statements(bucket_arn: str, senders: Senders) -> Iterator[iam.PolicyStatement]:
    def places(each: SenderSettings) -> list[str]:
        return [f"{bucket_arn}/{prefix}*" for prefix in each.prefixes]

    # Of a role of this account its own policies are enough; those of another account count only
    # where this one allows it, too.
    foreign = tuple(each for each in senders if _way(each)[1])
    own = tuple(each for each in senders if each not in foreign)
    alike = _together(foreign, lambda each: (each.account, *_way(each), each.prefixes))
    for number, ((account, condition, value, _), same) in enumerate(alike, start=1):
        yield iam.PolicyStatement(
            sid=f"Sends{number}",
            principals=[iam.AccountPrincipal(account)],
            actions=list(SENDING),
            resources=places(same[0]),
            conditions={**_roles(same), "StringEquals": {condition: value}},
        )
    whole = [bucket_arn, f"{bucket_arn}/*"]
    if own:
        yield _deny("SendersOnlySend", _roles(own), not_actions=list(SENDING), resources=whole)
    for number, (_, same) in enumerate(_together(own, lambda each: each.prefixes), start=1):
        there = places(same[0])
        yield _deny(f"SendersPlace{number}", _roles(same), actions=["s3:*"], not_resources=there)
    # S3 User Guide, "Enforce conditional writes on Amazon S3 buckets": the calls that begin a file
    # of several parts, and put a part, create no object and take no such header.
    replacing = {
        **_roles(senders),
        "Null": {"s3:if-none-match": "true"},
        "BoolIfExists": {"s3:ObjectCreationOperation": "true"},
    }
    yield _deny("SendersReplaceNothing", replacing, actions=["s3:PutObject"], resources=whole[1:])


def _way(each: SenderSettings) -> tuple[str, str]:
    """Return the condition key of how a sender of another account comes, and its value."""
    if each.endpoint is not None:
        return "aws:SourceVpce", each.endpoint
    return ("aws:PrincipalOrgID", each.organization) if each.organization else ("", "")


def _roles(senders: Senders) -> dict[str, Mapping[str, object]]:
    return {"ArnEquals": {_ROLE: [each.role for each in senders]}}


def _together(
    senders: Senders, key: Callable[[SenderSettings], _Key]
) -> list[tuple[_Key, Senders]]:
    return [(found, tuple(same)) for found, same in groupby(sorted(senders, key=key), key=key)]


def _deny(sid: str, conditions: Mapping[str, object], **what: Any) -> iam.PolicyStatement:
    return iam.PolicyStatement(
        sid=sid,
        effect=iam.Effect.DENY,
        principals=[iam.StarPrincipal()],
        conditions=conditions,
        **what,
    )
