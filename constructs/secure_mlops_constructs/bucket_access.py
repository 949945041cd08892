"""The rights of roles to a bucket's objects, in the bucket's own policy."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, TypeVar

from aws_cdk import aws_iam as iam

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

_Key = TypeVar("_Key")


@dataclass(frozen=True)
class BucketAccess:
    """A role's rights in one bucket, by prefix.

    Parameters
    ----------
    role : IRole
        Named by its ARN, so that a permission boundary still caps it.
    reads, writes, deletes : tuple of str
        Key prefixes, each ending with ``/``, or ``""`` for the whole bucket; or single keys.
        ``*`` inside one stands for a name.
    versions : bool
        Whether it also reads versions by their ids, as CodePipeline and CodeBuild do, which know
        all names and list nothing.
    """

    role: iam.IRole
    reads: tuple[str, ...] = ()
    writes: tuple[str, ...] = ()
    deletes: tuple[str, ...] = ()
    versions: bool = False


def access_statements(
    bucket_arn: str, accesses: Sequence[BucketAccess]
) -> list[iam.PolicyStatement]:
    """Write the Allow statements of all roles; listing, where they do, has the same prefixes.

    Roles share a statement where they do the same in the same places: a policy has 20,480 bytes.
    """
    roles = {each.role.role_arn: each.role for each in accesses}
    done: dict[tuple[str, str], set[str]] = {}  # by role and place
    listed: dict[str, set[str]] = {}  # by role
    for each in accesses:
        arn = each.role.role_arn
        for actions, prefixes in (
            (("s3:GetObject",), each.reads),
            (("s3:GetObjectVersion",), each.reads if each.versions else ()),
            (("s3:PutObject", "s3:AbortMultipartUpload"), each.writes),
            (("s3:DeleteObject",), each.deletes),
        ):
            for prefix in prefixes:
                done.setdefault((arn, f"{bucket_arn}/{_pattern(prefix)}"), set()).update(actions)
            if not each.versions:
                listed.setdefault(arn, set()).update(_listing(prefix) for prefix in prefixes)
    at: dict[tuple[str, ...], list[str]] = {}
    for (arn, place), does in done.items():
        at.setdefault((place, *sorted(does)), []).append(arn)
    alike = _together(((tuple(does), tuple(same)), place) for (place, *does), same in at.items())
    statements = [
        iam.PolicyStatement(
            sid=f"Access{number}",
            principals=[roles[arn] for arn in same],
            actions=list(does),
            resources=sorted(places),
        )
        for number, ((does, same), places) in enumerate(alike.items(), start=1)
    ]
    lists = _together((tuple(sorted(found)), arn) for arn, found in listed.items())
    statements += [
        iam.PolicyStatement(
            principals=[roles[arn] for arn in same],
            actions=["s3:ListBucket"],
            resources=[bucket_arn],
            conditions={
                "StringLike": {"s3:prefix": prefixes[0] if len(prefixes) == 1 else list(prefixes)}
            },
        )
        for prefixes, same in lists.items()
    ]
    if roles:
        location = iam.PolicyStatement(
            sid="Location",
            principals=list(roles.values()),
            actions=["s3:GetBucketLocation"],
            resources=[bucket_arn],
        )
        statements.append(location)
    return statements


def _together(pairs: Iterable[tuple[_Key, str]]) -> dict[_Key, list[str]]:
    found: dict[_Key, list[str]] = {}
    for key, value in pairs:
        found.setdefault(key, []).append(value)
    return found


def _pattern(prefix: str) -> str:
    return f"{prefix}*" if prefix.endswith("/") or not prefix else prefix


def _listing(prefix: str) -> str:
    """Let the folder of a single key be listed: ``aws s3 sync`` looks before it writes."""
    folder = prefix if prefix.endswith("/") or not prefix else prefix.rpartition("/")[0] + "/"
    return f"{folder}*"
