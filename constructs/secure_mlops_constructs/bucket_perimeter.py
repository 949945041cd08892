"""The statements that let a bucket be reached through one VPC endpoint only.

Three kinds of Deny carry it, in forms whose soundness was proved (docs: the security chapter):
everybody outside the endpoint is refused everything, save principals with an exception; each of
those is refused every action but its own; and its action on everything but its own prefix. An
exception thus never opens more than one principal, one action and one prefix; one that is for AWS's
services on behalf of the principal is refused to itself by a fourth. Principals with the same
actions share the first of the two; where all actions have the same place, the second refuses
everything elsewhere without naming them, and the first is about that place: the same, and shorter.
"""

from __future__ import annotations

from dataclasses import dataclass
from itertools import groupby
from typing import TYPE_CHECKING, Literal

from aws_cdk import aws_iam as iam

from mlops_contract.metadata import VIA_SERVICE, ExceptionRow

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

# The condition key of each kind of principal.
PRINCIPAL_KEYS = {"role": "aws:PrincipalArn", "service": "aws:PrincipalServiceName"}


@dataclass(frozen=True, order=True)
class PerimeterException:
    """One action under one prefix that a principal may do without the endpoint.

    `principal` is a role's ARN or a service's name; a `prefix` of None means the bucket itself.
    With `via_service` only a service does it, with the principal's rights.
    """

    kind: Literal["role", "service"]
    principal: str
    action: str
    prefix: str | None
    reason: str
    via_service: bool = False

    def row(self) -> ExceptionRow:
        """Return the row for proofs and auditors."""
        through = VIA_SERVICE if self.via_service else ""
        return ExceptionRow(self.principal, self.action, self.prefix or "", self.reason, through)


def perimeter_statements(
    bucket_arn: str, endpoint_id: str, exceptions: Sequence[PerimeterException]
) -> list[iam.PolicyStatement]:
    """Write the Deny statements of a bucket's policy: for everybody, then for each exception."""
    services = sorted({entry.principal for entry in exceptions if entry.kind == "service"})
    roles = sorted({entry.principal for entry in exceptions if entry.kind == "role"})
    outside: dict[str, object] = {"aws:SourceVpce": endpoint_id}
    if services:
        outside["aws:PrincipalServiceName"] = services
    conditions: dict[str, object] = {"StringNotEquals": outside}
    if roles:
        conditions["ArnNotEquals"] = {"aws:PrincipalArn": roles}
    statements = [
        _deny(
            "OnlyThroughOurEndpoint",
            conditions,
            actions=["s3:*"],
            resources=_everything(bucket_arn),
        )
    ]
    by_principal = groupby(sorted(exceptions), key=lambda entry: (entry.kind, entry.principal))
    alike: dict[tuple[str, ...], list[str]] = {}
    places_of: dict[tuple[str, ...], list[str]] = {}
    placed: dict[tuple[str, ...], list[str]] = {}
    for number, ((kind, principal), group) in enumerate(by_principal, start=1):
        entries = list(group)
        actions = sorted({entry.action for entry in entries})
        alike.setdefault((kind, *actions), []).append(principal)
        places = _by_place(bucket_arn, entries)
        alone = len(places) == 1
        where = next(iter(places)) if alone else _everything(bucket_arn)
        places_of.setdefault((kind, *actions), []).extend(where)
        if alone:
            placed.setdefault((kind, *where), []).append(principal)
            continue
        condition = _outside(endpoint_id, kind, principal)
        for place, (where, does) in enumerate(places.items(), start=1):
            sid = f"Exception{number}Prefix{place}"
            statements.append(_deny(sid, condition, actions=does, not_resources=list(where)))
    for number, ((kind, *actions), same) in enumerate(alike.items(), start=1):
        condition, sid = _outside(endpoint_id, kind, *same), f"Exceptions{number}Actions"
        where = list(dict.fromkeys(places_of[kind, *actions]))
        statements.append(_deny(sid, condition, not_actions=actions, resources=where))
    for number, ((kind, *resources), same) in enumerate(placed.items(), start=1):
        condition = _outside(endpoint_id, kind, *same)
        sid = f"Exceptions{number}Prefix"
        statements.append(_deny(sid, condition, actions=["s3:*"], not_resources=resources))
    return [*statements, *_via_service(bucket_arn, endpoint_id, exceptions)]


def _via_service(
    bucket_arn: str, endpoint_id: str, exceptions: Iterable[PerimeterException]
) -> list[iam.PolicyStatement]:
    """Refuse to principals what only services may do for them."""
    by_action: dict[str, list[str]] = {}
    for each in sorted(exceptions):
        if each.via_service:
            by_action.setdefault(each.action, []).append(each.principal)
    statements = []
    for number, (action, principals) in enumerate(by_action.items(), start=1):
        itself = {"BoolIfExists": {"aws:ViaAWSService": "false"}}
        condition = {**_outside(endpoint_id, "role", *principals), **itself}
        sid, everything = f"ByServices{number}", _everything(bucket_arn)
        statements.append(_deny(sid, condition, actions=[action], resources=everything))
    return statements


def _outside(endpoint_id: str, kind: str, *principals: str) -> dict[str, object]:
    operator = "ArnEquals" if kind == "role" else "StringEquals"
    named = principals[0] if len(principals) == 1 else list(principals)
    return {
        "StringNotEquals": {"aws:SourceVpce": endpoint_id},
        operator: {PRINCIPAL_KEYS[kind]: named},
    }


def _by_place(
    bucket_arn: str, entries: Sequence[PerimeterException]
) -> dict[tuple[str, ...], list[str]]:
    """Return the actions of one principal by the resources that they are limited to."""
    places: dict[tuple[str, ...], list[str]] = {}
    for action in sorted({entry.action for entry in entries}):
        prefixes = (entry.prefix for entry in entries if entry.action == action)
        places.setdefault(tuple(_resources(bucket_arn, prefixes)), []).append(action)
    return places


def _resources(bucket_arn: str, prefixes: Iterable[str | None]) -> list[str]:
    named = ("" if prefix is None else f"/{prefix}*" for prefix in prefixes)
    return sorted(f"{bucket_arn}{path}" for path in named)


def _everything(bucket_arn: str) -> list[str]:
    return [bucket_arn, f"{bucket_arn}/*"]


def _deny(
    sid: str,
    conditions: dict[str, object],
    *,
    actions: list[str] | None = None,
    not_actions: list[str] | None = None,
    resources: list[str] | None = None,
    not_resources: list[str] | None = None,
) -> iam.PolicyStatement:
    return iam.PolicyStatement(
        sid=sid,
        effect=iam.Effect.DENY,
        principals=[iam.AnyPrincipal()],
        actions=actions,
        not_actions=not_actions,
        resources=resources,
        not_resources=not_resources,
        conditions=conditions,
    )


def version_statements(bucket_arn: str, deleter: iam.IRole | None) -> list[iam.PolicyStatement]:
    """Write the statements that keep versions of objects from everybody but one role.

    A request without a principal's ARN is refused as well. S3 itself, which expires versions by the
    bucket's lifecycle, asks no policy.
    """
    objects, everything = f"{bucket_arn}/*", _everything(bucket_arn)
    ending = ["s3:BypassGovernanceRetention", "s3:DeleteObjectVersion"]
    if deleter is None:
        return [_deny("NobodyEndsVersions", {}, actions=ending, resources=everything)]
    others: dict[str, object] = {"ArnNotEquals": {"aws:PrincipalArn": deleter.role_arn}}
    return [
        _deny("NobodyElseEndsVersions", others, actions=ending, resources=everything),
        iam.PolicyStatement(
            sid="EndsVersions", principals=[deleter], actions=ending, resources=[objects]
        ),
        iam.PolicyStatement(
            sid="ListsVersions",
            principals=[deleter],
            actions=["s3:ListBucketVersions"],
            resources=[bucket_arn],
        ),
    ]


def encryption_statements(bucket_arn: str, key_arn: str) -> list[iam.PolicyStatement]:
    """Write the Deny statements that keep every stored object under one key.

    A request that names no encryption gets the bucket's default, the right key; so what must be
    refused is a named encryption without our key (S3 takes its own or the AWS managed one then), a
    named key without the algorithm that takes one, and a key that the customer keeps (SSE-C). A
    comparison for inequality also holds where its key is missing. Sources: S3 User Guide,
    "Specifying server-side encryption with AWS KMS", and the S3 service authorization reference.
    """
    algorithm = "s3:x-amz-server-side-encryption"
    key_id = f"{algorithm}-aws-kms-key-id"
    customer = f"{algorithm}-customer-algorithm"
    refused: dict[str, dict[str, object]] = {
        "NoOtherKey": {"ArnNotEquals": {key_id: key_arn}, "Null": {algorithm: "false"}},
        "NoOtherAlgorithm": {
            "StringNotEquals": {algorithm: "aws:kms"},
            "Null": {key_id: "false"},
        },
        "NoKeyOfTheCaller": {"Null": {customer: "false"}},
    }
    return [
        _deny(sid, conditions, actions=["s3:PutObject"], resources=[f"{bucket_arn}/*"])
        for sid, conditions in refused.items()
    ]
