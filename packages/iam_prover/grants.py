"""KMS grants, as the statements of a second key policy.

Source: KMS developer guide, "Grants in AWS KMS": a grant allows, never denies; it lets one
grantee call the listed operations on one key, optionally only with an encryption context.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from iam_prover.parsing import parse_policy
from iam_prover.policy import Policy, PolicyKind

if TYPE_CHECKING:
    from collections.abc import Mapping


@dataclass(frozen=True, slots=True)
class KmsGrant:
    """One grant on a key.

    Parameters
    ----------
    grantee : str
        ARN of the role, session or user that may use it.
    operations : tuple of str
        As in ``CreateGrant``: ``Decrypt``, ``GenerateDataKey``, …
    encryption_context : mapping of str to str
        The pairs that a request must carry (``EncryptionContextSubset``).
    """

    key_arn: str
    grantee: str
    operations: tuple[str, ...]
    encryption_context: Mapping[str, str] = field(default_factory=dict)


def grants_as_policy(grants: tuple[KmsGrant, ...], where: str) -> Policy:
    """Write grants as a resource policy that stands beside the key policy."""
    statements = []
    for grant in grants:
        statement: dict[str, object] = {
            "Effect": "Allow",
            "Principal": {"AWS": grant.grantee},
            "Action": [f"kms:{operation}" for operation in grant.operations],
            "Resource": grant.key_arn,
        }
        if grant.encryption_context:
            pairs = grant.encryption_context.items()
            statement["Condition"] = {
                "StringEquals": {f"kms:EncryptionContext:{key}": value for key, value in pairs}
            }
        statements.append(statement)
    return parse_policy({"Statement": statements}, PolicyKind.RESOURCE, where)
