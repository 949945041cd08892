"""Rights of senders that are widened or missing, as changes of statements of policies."""

from __future__ import annotations

import json
from typing import Any

from tests.template import sending

BUCKET = "secure-mlops-dev-data-111111111111-eu-central-1"


def gone(_: dict[str, Any]) -> None:
    """Take the statement out."""


def more(element: str, *values: str) -> Any:
    """Add values to an element."""

    def change(statement: dict[str, Any]) -> dict[str, Any]:
        found = statement[element]
        return {**statement, element: [*(found if isinstance(found, list) else [found]), *values]}

    return change


def put(element: str, value: object) -> Any:
    """Set an element."""
    return lambda statement: {**statement, element: value}


def when(operator: str, key: str, value: object = None) -> Any:
    """Set a condition, or take it out."""

    def change(statement: dict[str, Any]) -> dict[str, Any]:
        block = dict(statement["Condition"].get(operator, {}))
        block.pop(key, None)
        if value is not None:
            block[key] = value
        conditions = {**statement["Condition"], operator: block}
        return {**statement, "Condition": {name: each for name, each in conditions.items() if each}}

    return change


def both(*changes: Any) -> Any:
    """Make several changes."""

    def change(statement: dict[str, Any]) -> dict[str, Any]:
        for each in changes:
            statement = each(statement)
        return statement

    return change


def acts(action: str) -> Any:
    """Do one action more, wherever one sends."""

    def change(statement: dict[str, Any]) -> dict[str, Any]:
        of_senders = statement.get("Sid", "").startswith(("Sends", "Place", "Actions"))
        for element in ("Action", "NotAction"):
            if of_senders and "s3:AbortMultipartUpload" in statement.get(element, ()):
                return {**statement, element: [*statement[element], action]}
        return statement

    return change


def told(text: str, other: str) -> Any:
    """Say something else, wherever one sends."""

    def change(statement: dict[str, Any]) -> dict[str, Any]:
        starts = ("Sends", "Place", "Actions", "OnlyThrough")
        if not statement.get("Sid", "").startswith(starts):
            return statement
        found: dict[str, Any] = json.loads(json.dumps(statement).replace(text, other))
        return found

    return change


def there(*prefixes: str) -> list[str]:
    return [f"arn:aws:s3:::{BUCKET}/{each}*" for each in prefixes]


UPSTREAM, LABS, ONLY, PLACE, NEW, ALL = (
    *("Sends1", "Sends2", "SendersOnlySend", "SendersPlace1", "SendersReplaceNothing"),
    "",  # every statement of the bucket's policy
)
VPCE, ORG, ROLE = "aws:SourceVpce", "aws:PrincipalOrgID", "aws:PrincipalArn"
CONTEXT, VIA = "kms:EncryptionContext:aws:s3:arn", "kms:ViaService"
K_OURS, K_UPSTREAM, K_LABS = "Use3", "Use4", "Use5"
FAULTS: list[tuple[str, str, Any]] = [
    # Another account does more, does it elsewhere, comes another way, or is another role.
    (ALL, "read", acts("s3:GetObject")),
    (ALL, "delete", acts("s3:DeleteObject")),
    (ALL, "open", acts("s3:PutObjectAcl")),
    (ALL, "tag", acts("s3:PutObjectTagging")),
    (ALL, "list parts", acts("s3:ListMultipartUploadParts")),
    (ALL, "end versions", acts("s3:PutObjectRetention")),
    (ALL, "whole data set", told("/abalone/batch/*", "/abalone/*")),
    (ALL, "alike", told("/abalone/batch/*", "/abalone/batch*")),
    (ALL, "everywhere", told("/abalone/batch/*", "/*")),
    (ALL, "truth for batches", told("/abalone/batch/*", "/abalone/truth/*")),
    (ALL, "another role", told("nightly-export", "nightly-import")),
    (ALL, "another account", told("444444444444", "999999999999")),
    (UPSTREAM, "any way", when("StringEquals", VPCE)),
    (UPSTREAM, "another way, too", when("StringEquals", VPCE, [sending.ENDPOINT, "vpce-1"])),
    (UPSTREAM, "ways alike", both(when("StringEquals", VPCE), when("StringLike", VPCE, "vpce-*"))),
    (UPSTREAM, "no way, too", both(when("StringEquals", VPCE),
                                   when("StringEqualsIfExists", VPCE, sending.ENDPOINT))),
    (LABS, "any organization", when("StringEquals", ORG)),
    (LABS, "another, too", when("StringEquals", ORG, [sending.ORGANIZATION, "o-other"])),
    (LABS, "organizations alike", both(when("StringEquals", ORG), when("StringLike", ORG, "o-*"))),
    # A role of ours has policies of its own, which only denials bound.
    (ONLY, "anything", gone),
    (ONLY, "reads", more("NotAction", "s3:GetObject")),
    (ONLY, "reads versions", more("NotAction", "s3:GetObjectVersion")),
    (ONLY, "deletes", more("NotAction", "s3:DeleteObject")),
    (ONLY, "opens", more("NotAction", "s3:PutObjectAcl")),
    (ONLY, "tags", more("NotAction", "s3:PutObjectTagging")),
    (ONLY, "locks", more("NotAction", "s3:PutObjectRetention")),
    (PLACE, "anywhere", gone),
    (PLACE, "truth", more("NotResource", *there("abalone/truth/"))),
    (PLACE, "models", more("NotResource", *there("models/"))),
    (PLACE, "another role", when("ArnEquals", ROLE, [f"{sending.OURS}2"])),
    (NEW, "replaces", gone),
    (NEW, "one replaces", when("ArnEquals", ROLE, [sending.OURS, sending.LABS])),
    (NEW, "the first replaces", put("Resource", there("abalone/truth/"))),
    (NEW, "by another header", when("Null", "s3:if-match", "true")),
    (NEW, "over TLS", when("Bool", "aws:SecureTransport", "false")),
    (NEW, "where it is named", when("Null", "s3:if-none-match", "false")),
    # What they need is missing.
    (UPSTREAM, "may not", gone),
    (LABS, "may not", gone),
    (UPSTREAM, "gives nothing up", put("Action", "s3:PutObject")),
    (UPSTREAM, "puts nothing", put("Action", "s3:AbortMultipartUpload")),
    (UPSTREAM, "only there", put("Resource", there("abalone/batch/2026/"))),
    (UPSTREAM, "another endpoint", when("StringEquals", VPCE, "vpce-1")),
    (NEW, "no parts", when("BoolIfExists", "s3:ObjectCreationOperation")),
    (NEW, "no new files", when("Null", "s3:if-none-match")),
    # The key.
    (K_UPSTREAM, "directly", when("StringEquals", VIA)),
    (K_UPSTREAM, "whole account", when("ArnEquals", ROLE)),
    (K_UPSTREAM, "anything", when("StringLike", CONTEXT)),
    (K_UPSTREAM, "any bucket", when("StringLike", CONTEXT, "arn:aws:s3:::*")),
    (K_UPSTREAM, "encrypts itself", more("Action", "kms:Encrypt")),
    (K_UPSTREAM, "describes", more("Action", "kms:DescribeKey")),
    (K_OURS, "anything", when("StringLike", CONTEXT)),
    (K_OURS, "encrypts itself", more("Action", "kms:Encrypt")),
    (K_OURS, "cannot", gone),
    (K_LABS, "cannot", gone),
    (K_LABS, "no parts", put("Action", "kms:GenerateDataKey")),
    (K_LABS, "no new files", put("Action", "kms:Decrypt")),
    (K_LABS, "by objects only", when("StringLike", CONTEXT, there("abalone/truth/"))),
    (K_LABS, "elsewhere", when("StringEquals", VIA, "s3.eu-west-1.amazonaws.com")),
]  # fmt: skip
# Beside which the others are no other kind, and are seeded in the slow run.
FIRST = {
    *((ALL, what) for what in ("read", "everywhere")),
    *((sid, what) for sid in (UPSTREAM, LABS) for what in ("any way", "any organization")),
    *((sid, what) for sid in (ONLY, PLACE, NEW) for what in ("reads", "truth", "replaces")),
    *((NEW, "no parts"), (K_LABS, "no parts")),
}
