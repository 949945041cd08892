"""Promises asked under the policies of an organization: service and resource control policies."""

from __future__ import annotations

import json
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any, Final

from iam_prover.parsing import parse_policy
from iam_prover.policy import Effect, Policy, PolicyKind, Statement
from iam_prover.reference import matching
from mlops_common.errors import MlopsError
from mlops_common.strict_json import read_strictly
from mlops_contract.global_services import region_called
from promises.claims import Allowed, Never, Promise

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence
    from pathlib import Path

    from iam_prover.evaluator import PoliciesInForce
    from iam_prover.request import Request
    from promises.claims import Claim
    from promises.world import World

# What resource control policies are about (Organizations User Guide, "List of AWS services that
# support RCPs"); of others they refuse nothing.
_HELD_BY_RCPS: Final = ("aoss", "ecr", "kms", "s3", "secretsmanager", "sqs", "sts")
# Keys of an organization's id (IAM User Guide).
_OF_ORGANIZATIONS: Final = ("aws:principalorgid", "aws:resourceorgid", "aws:sourceorgid")
_VERSION: Final = "2012-10-17"
# Of a policy without white space (AWS Organizations User Guide, quotas).
MOST_CHARACTERS: Final = 5_120
_EVERYTHING: Final = {"Effect": "Allow", "Principal": "*", "Action": "*", "Resource": "*"}
# Service-linked roles are outside of every service control policy.
_SERVICE_LINKED: Final = "arn:*:iam::*:role/aws-service-role/*"


@dataclass(frozen=True)
class Organization:
    """Denies of an organization; `scp` are about principals of its accounts, `rcp` resources."""

    scp: tuple[Policy, ...] = ()
    rcp: tuple[Policy, ...] = ()


def read_organization(scps: Sequence[Path], rcps: Sequence[Path]) -> Organization | None:
    """Read policies, each a file; None where there are none.

    Those of a kind count as attached to one target.
    """
    if not scps and not rcps:
        return None
    return Organization(
        _control("--scp", [(file, _document("--scp", file)) for file in scps]),
        tuple(_rcp(file, _document("--rcp", file)) for file in rcps),
    )


def under(
    promises: Sequence[Promise], organization: Organization, accounts: Sequence[str]
) -> list[Promise]:
    """Return promises whose every request also has to pass the organization's policies.

    `accounts` are those that it holds: all that are judged.
    """
    callers = tuple(
        _limited(organization.scp, {"StringEquals": {"aws:PrincipalAccount": accounts}})
    )
    # Of a resource whose owner nobody knows: no policy holds it, and any may refuse it.
    known, perhaps = (
        (*callers, *_limited(organization.rcp, {operator: {"aws:ResourceAccount": accounts}}))
        for operator in ("StringEquals", "StringEqualsIfExists")
    )
    ids = _ids_in(perhaps)

    def held(policies: PoliciesInForce, denies: Sequence[Statement]) -> PoliciesInForce:
        # What an endpoint's policy refuses is refused whoever calls, and whatever else allows it.
        before = policies.endpoint or _gate([_EVERYTHING], "no endpoint")
        merged = Policy(before.kind, before.where, (*before.statements, *denies))
        return replace(policies, endpoint=merged)

    def of(promise: Promise) -> Promise:
        def stated(world: World) -> Iterator[Claim]:
            for claim in promise.stated(world):
                if isinstance(claim, Never):
                    question = claim.question
                    yield replace(
                        claim, question=replace(question, policies=held(question.policies, known))
                    )
                elif isinstance(claim, Allowed):
                    pairs = (
                        (_as_sent(request, world.region, accounts, ids), held(each, perhaps))
                        for request, each in claim.candidates
                    )
                    yield replace(claim, candidates=tuple(pairs))
                else:
                    yield claim

        return replace(promise, stated=stated)

    return [of(each) for each in promises]


def _as_sent(
    request: Request, region: str, accounts: Sequence[str], ids: tuple[str, ...]
) -> Request:
    """Return a request with the keys that AWS sets, and that only such policies ask for."""
    owner = request.values("aws:ResourceAccount") or request.values("aws:PrincipalAccount")
    of = {
        "aws:PrincipalOrgID": request.values("aws:PrincipalAccount"),
        "aws:ResourceOrgID": owner,  # the caller's own, where nothing says whose it is
        "aws:SourceOrgID": request.values("aws:SourceAccount"),
    }
    known = {key: ids for key, account in of.items() if set(account) & set(accounts)}
    service = request.action.partition(":")[0]
    known["aws:RequestedRegion"] = (region_called(service, region),)
    added = {key: each for key, each in known.items() if each and not request.values(key)}
    return replace(request, context={**request.context, **added})


def _ids_in(denies: Sequence[Statement]) -> tuple[str, ...]:
    """Return the id of the organization, where the policies name one and no other."""
    found = {
        value.text
        for statement in denies
        for each in statement.conditions
        if each.key.lower() in _OF_ORGANIZATIONS
        for value in each.values
        if "*" not in value.text
    }
    return tuple(found) if len(found) == 1 else ()


def _document(option: str, file: Path) -> list[dict[str, Any]]:
    try:
        document = read_strictly(file.read_text(encoding="utf-8"))
    except OSError as error:
        raise MlopsError(f"{option} {file}: cannot be read: {error.strerror}") from None
    except (ValueError, RecursionError) as error:
        raise MlopsError(f"{option} {file}: is no JSON: {error}") from None
    statements = document.get("Statement") if isinstance(document, dict) else None
    found: list[Any] = statements if isinstance(statements, list) else [statements]
    if not found or not all(isinstance(each, dict) for each in found):
        raise MlopsError(f"{option} {file}: is no policy: it has no Statement")
    if document.get("Version") != _VERSION or document.keys() - {"Id", "Statement", "Version"}:
        raise MlopsError(
            f"{option} {file}: is none of an organization, which has Version {_VERSION} and a "
            "Statement only"
        )
    size = len(json.dumps(document, separators=(",", ":"), ensure_ascii=False))
    if size > MOST_CHARACTERS:
        raise MlopsError(
            f"{option} {file}: has {size:,} characters without white space, and AWS takes "
            f"{MOST_CHARACTERS:,}; split it"
        )
    for index, each in enumerate(found):
        _check_form(each, f"{option} {file}, statement {index}")
    return found


def _check_form(statement: Mapping[str, Any], where: str) -> None:
    """Refuse what no such policy has, before it is judged as one of another kind."""
    if not statement.keys() & {"Resource", "NotResource"}:
        raise MlopsError(f"{where}: Resource is missing")
    for name in ("Action", "NotAction"):
        given = statement.get(name)
        for action in given if isinstance(given, list) else [given]:
            if isinstance(action, str) and action != "*" and not matching(action):
                raise MlopsError(
                    f"{where}: {action!r} matches no action of the service reference; correct it, "
                    "or leave it out"
                )


def _control(option: str, files: Sequence[tuple[Path, list[dict[str, Any]]]]) -> tuple[Policy, ...]:
    """Return service control policies as denies; what no Allow of them names is denied, too."""
    policies: list[Policy] = []
    allowed: list[str] | None = None
    for file, statements in files:
        denies = []
        for index, each in enumerate(statements):
            where = f"{option} {file}, statement {index}"
            if "Principal" in each or "NotPrincipal" in each:
                raise MlopsError(f"{where}: a service control policy has no Principal")
            if each.get("Effect") == "Allow":
                allowed = [*(allowed or ()), *_allowed(each, where)]
            else:
                denies.append({**each, "Principal": "*"})
        policies += [_gate(denies, str(file))] if denies else []
    if allowed is not None and "*" not in allowed:
        rest = {"Effect": "Deny", "Principal": "*", "NotAction": allowed, "Resource": "*"}
        policies.append(_gate([rest], f"{option}: what none of them allows"))
    return tuple(policies)


def _allowed(statement: Mapping[str, Any], where: str) -> list[str]:
    given = statement.get("Action")
    actions: list[Any] = given if isinstance(given, list) else [given]
    plain = {*statement, "Sid"} == {"Sid", "Effect", "Action", "Resource"}
    plain = plain and statement["Resource"] in ("*", ["*"])
    if not plain or not all(isinstance(each, str) for each in actions):
        raise MlopsError(
            f"{where}: an Allow is judged where it has Action, Resource * and no Condition; write "
            "what it leaves out as a Deny"
        )
    return actions


def _rcp(file: Path, statements: Sequence[dict[str, Any]]) -> Policy:
    denies: list[dict[str, Any]] = []
    for index, each in enumerate(statements):
        where = f"--rcp {file}, statement {index}"
        if each.get("Effect") == "Allow":
            if {**each, "Sid": ""} != {**_EVERYTHING, "Sid": ""}:
                raise MlopsError(f"{where}: allows; only AWS's own policy, for everything, does")
            continue
        if each.get("Principal") != "*":
            raise MlopsError(f'{where}: a resource control policy has the Principal "*"')
        given = each.get("Action")
        if given is None:
            raise MlopsError(
                f"{where}: not decided: NotAction; resource control policies are judged by Action"
            )
        for action in given if isinstance(given, list) else [given]:
            if str(action).partition(":")[0].lower() not in _HELD_BY_RCPS:
                raise MlopsError(
                    f"{where}: not decided: {action}; resource control policies are judged for "
                    f"{', '.join(_HELD_BY_RCPS)}, by Action"
                )
        denies.append(each)
    return _gate(denies or [_EVERYTHING], str(file))


def _gate(statements: Sequence[Mapping[str, Any]], where: str) -> Policy:
    document = {"Version": _VERSION, "Statement": list(statements)}
    return parse_policy(document, PolicyKind.ENDPOINT, where)


def _limited(policies: Sequence[Policy], condition: Mapping[str, Any]) -> Iterator[Statement]:
    """Yield the denies, for accounts of the organization and for no service-linked role."""
    others = {"ArnNotLikeIfExists": {"aws:PrincipalArn": [_SERVICE_LINKED]}}
    (limits,) = _gate([{**_EVERYTHING, "Condition": {**condition, **others}}], "").statements
    return (
        replace(each, conditions=(*each.conditions, *limits.conditions))
        for policy in policies
        for each in policy.statements
        if each.effect is Effect.DENY
    )
