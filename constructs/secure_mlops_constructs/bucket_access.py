"""The rights of roles to a bucket's objects, in the bucket's own policy."""

from __future__ import annotations

from dataclasses import dataclass

from aws_cdk import aws_iam as iam


@dataclass(frozen=True)
class BucketAccess:
    """A role's rights in one bucket, by prefix.

    Parameters
    ----------
    name : str
        Letters and digits that make the statements' ids.
    role : IRole
        Named by its ARN, so that a permission boundary still caps it.
    reads, writes, deletes : tuple of str
        Key prefixes, each ending with ``/``, or ``""`` for the whole bucket; or single keys.
        ``*`` inside one stands for a name.
    versions : bool
        Whether it also reads versions by their ids, as CodePipeline and CodeBuild do.
    """

    name: str
    role: iam.IRole
    reads: tuple[str, ...] = ()
    writes: tuple[str, ...] = ()
    deletes: tuple[str, ...] = ()
    versions: bool = False


def access_statements(bucket_arn: str, access: BucketAccess) -> list[iam.PolicyStatement]:
    """Write the Allow statements of one role; listing is limited to the same prefixes."""
    by_actions = {
        ("Read", "s3:GetObject"): access.reads,
        ("ReadVersions", "s3:GetObjectVersion"): access.reads if access.versions else (),
        ("Write", "s3:PutObject", "s3:AbortMultipartUpload"): access.writes,
        ("Delete", "s3:DeleteObject"): access.deletes,
    }
    statements = [
        iam.PolicyStatement(
            sid=f"{access.name}{verb}",
            principals=[access.role],
            actions=list(actions),
            resources=[f"{bucket_arn}/{_pattern(prefix)}" for prefix in prefixes],
        )
        for (verb, *actions), prefixes in by_actions.items()
        if prefixes
    ]
    listed = sorted({*access.reads, *access.writes, *access.deletes})
    listing = iam.PolicyStatement(
        sid=f"{access.name}List",
        principals=[access.role],
        actions=["s3:ListBucket"],
        resources=[bucket_arn],
        conditions={"StringLike": {"s3:prefix": [_listing(prefix) for prefix in listed]}},
    )
    location = iam.PolicyStatement(
        sid=f"{access.name}Location",
        principals=[access.role],
        actions=["s3:GetBucketLocation"],
        resources=[bucket_arn],
    )
    return [*statements, listing, location]


def _pattern(prefix: str) -> str:
    return f"{prefix}*" if prefix.endswith("/") or not prefix else prefix


def _listing(prefix: str) -> str:
    """Let the folder of a single key be listed: ``aws s3 sync`` looks before it writes."""
    folder = prefix if prefix.endswith("/") or not prefix else prefix.rpartition("/")[0] + "/"
    return f"{folder}*"
