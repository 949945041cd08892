"""The statements that let a bucket be reached through one VPC endpoint only.

Everybody outside the endpoint is refused everything, save in the places of exceptions: the bucket
itself, or its objects under a prefix. In such a place everybody is refused all but its exceptions'
actions, and these, too, save their principals; principals whose own place lies further inside are
refused the rest of it. An exception thus never opens more than one principal, one action and one
prefix; one that is for AWS's services on behalf of the principal is refused to itself by a
statement of its own. Each statement only refuses, so that none can open what another one closes.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal, TypeVar

from aws_cdk import aws_iam as iam

from mlops_contract.metadata import VIA_SERVICE, ExceptionRow

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence

    _Holder = tuple[str, str]  # the kind and name of a principal
    # Places, by the principals that do something there, and what.
    _Zones = dict[tuple[tuple[_Holder, tuple[str, ...]], ...], list[str]]

_Key = TypeVar("_Key")
_Value = TypeVar("_Value")
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
    """Write the Deny statements of a bucket's policy: for everywhere else, then for each place."""
    through = {"StringNotEquals": {"aws:SourceVpce": endpoint_id}}
    zones = _zones(bucket_arn, exceptions)
    places = sorted(place for zone in zones.values() for place in zone)
    elsewhere = {"not_resources": places} if places else {"resources": _everything(bucket_arn)}
    statements = [_deny("OnlyThroughOurEndpoint", through, actions=["s3:*"], **elsewhere)]
    alike: dict[tuple[str, ...], list[str]] = {}
    for number, (holders, zone) in enumerate(zones.items(), start=1):
        sid, by_actions = f"Place{number}", _together((does, who) for who, does in holders)
        # Where all do the same, one statement refuses all other actions to everybody: shorter.
        shared = next(iter(by_actions)) if len(by_actions) == 1 else None
        others = _unless(endpoint_id, [holder for holder, _ in holders])
        does = list(shared or ("s3:*",))
        statements.append(_deny(sid, others, actions=does, resources=zone))
        if shared:
            alike.setdefault(shared, []).extend(zone)
            continue
        for actions, same in by_actions.items():
            for kind, named in _together(same).items():
                name, condition = f"{sid}No{len(statements)}", _outside(endpoint_id, kind, *named)
                statements.append(_deny(name, condition, not_actions=list(actions), resources=zone))
    for number, (actions, where) in enumerate(alike.items(), start=1):
        sid = f"Actions{number}"
        statements.append(_deny(sid, through, not_actions=list(actions), resources=where))
    statements += _further_inside(bucket_arn, endpoint_id, exceptions, places)
    statements += _by_services(endpoint_id, exceptions, zones)
    return statements


def _zones(bucket_arn: str, exceptions: Sequence[PerimeterException]) -> _Zones:
    """Return the outermost places, by who does what in them."""
    zones: _Zones = {}
    places = sorted({_place(bucket_arn, each.prefix) for each in exceptions})
    for place in places:
        if any(_within(place, other) for other in places if other != place):
            continue
        holders: dict[_Holder, set[str]] = {}
        for each in exceptions:
            if _within(_place(bucket_arn, each.prefix), place):
                holders.setdefault((each.kind, each.principal), set()).add(each.action)
        done = ((holder, tuple(sorted(does))) for holder, does in sorted(holders.items()))
        zones.setdefault(tuple(done), []).append(place)
    return zones


def _further_inside(
    bucket_arn: str,
    endpoint_id: str,
    exceptions: Iterable[PerimeterException],
    outermost: Sequence[str],
) -> Iterator[iam.PolicyStatement]:
    """Refuse the rest of a place to principals that have a part of it only."""
    where: dict[tuple[str, str, str], set[str]] = {}
    for each in exceptions:
        place = _place(bucket_arn, each.prefix)
        where.setdefault((each.kind, each.principal, each.action), set()).add(place)
    inside = (each for each in sorted(where.items()) if not each[1].issubset(outermost))
    for number, ((kind, principal, action), places) in enumerate(inside, start=1):
        condition = _outside(endpoint_id, kind, principal)
        sid, rest = f"Inside{number}", sorted(places)
        yield _deny(sid, condition, actions=[action], not_resources=rest)


def _by_services(
    endpoint_id: str, exceptions: Sequence[PerimeterException], zones: _Zones
) -> Iterator[iam.PolicyStatement]:
    """Refuse to principals what only services may do for them."""
    only = {(each.kind, each.principal, each.action) for each in exceptions if each.via_service}
    for number, (holders, zone) in enumerate(zones.items(), start=1):
        for action in sorted({action for *_, action in only}):
            doing = [holder for holder, actions in holders if action in actions]
            itself = [holder for holder in doing if (*holder, action) not in only]
            if itself != doing:
                condition = _unless(endpoint_id, itself)
                condition["BoolIfExists"] = {"aws:ViaAWSService": "false"}
                sid = f"ByServices{number}{action.removeprefix('s3:')}"
                yield _deny(sid, condition, actions=[action], resources=zone)


def _together(pairs: Iterable[tuple[_Key, _Value]]) -> dict[_Key, list[_Value]]:
    found: dict[_Key, list[_Value]] = {}
    for key, value in pairs:
        found.setdefault(key, []).append(value)
    return found


def _outside(endpoint_id: str, kind: str, *principals: str) -> dict[str, object]:
    operator = "ArnEquals" if kind == "role" else "StringEquals"
    return {
        "StringNotEquals": {"aws:SourceVpce": endpoint_id},
        operator: {PRINCIPAL_KEYS[kind]: _alone(principals)},
    }


def _unless(endpoint_id: str, holders: Iterable[_Holder]) -> dict[str, object]:
    by_kind = _together(holders)
    outside: dict[str, object] = {"aws:SourceVpce": endpoint_id}
    if services := by_kind.get("service"):
        outside[PRINCIPAL_KEYS["service"]] = _alone(services)
    conditions: dict[str, object] = {"StringNotEquals": outside}
    if roles := by_kind.get("role"):
        conditions["ArnNotEquals"] = {PRINCIPAL_KEYS["role"]: _alone(roles)}
    return conditions


def _alone(values: Sequence[str]) -> object:
    return values[0] if len(values) == 1 else list(values)


def _place(bucket_arn: str, prefix: str | None) -> str:
    return bucket_arn if prefix is None else f"{bucket_arn}/{prefix}*"


def _within(place: str, wider: str) -> bool:
    return place == wider or (wider.endswith("*") and place.startswith(wider[:-1]))


def _everything(bucket_arn: str) -> list[str]:
    return [bucket_arn, f"{bucket_arn}/*"]


def _deny(
    sid: str,
    conditions: Mapping[str, object],
    *,
    actions: list[str] | None = None,
    not_actions: list[str] | None = None,
    resources: list[str] | None = None,
    not_resources: list[str] | None = None,
) -> iam.PolicyStatement:
    return iam.PolicyStatement(
        sid=sid,
        effect=iam.Effect.DENY,
        principals=[iam.StarPrincipal()],  # the same as any, in fewer bytes
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
