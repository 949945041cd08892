"""Service and resource control policies, each within its size."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any, Final

from mlops.guardrails.filling import exempt, filled
from mlops.guardrails.table import table
from mlops_common.errors import MlopsError
from promises.organization import MOST_CHARACTERS

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from mlops.guardrails.filling import Organization
    from mlops.guardrails.table import Row

# AWS Organizations User Guide, quotas: policies of a kind that a target can have, of which the one
# that allows everything is one.
MOST_POLICIES: Final = 4
_VERSION: Final = "2012-10-17"


def service_control(of: Organization) -> list[dict[str, Any]]:
    """Return the service control policies."""
    return _packed([_statement(of, row) for row in table().scps], "service control")


def resource_control(of: Organization) -> list[dict[str, Any]]:
    """Return the resource control policies, which are about every principal."""
    everybody = {"Principal": "*"}
    statements = [_statement(of, row, everybody) for row in table().rcps]
    return _packed(statements, "resource control")


def declarative() -> dict[str, Any]:
    """Return the declarative policy of EC2."""

    def assigned(value: str) -> dict[str, str]:
        return {"@@assign": value}

    return {
        "ec2_attributes": {
            "image_block_public_access": {"state": assigned("block_new_sharing")},
            "serial_console_access": {"status": assigned("disabled")},
            "snapshot_block_public_access": {"state": assigned("block_all_sharing")},
            "vpc_block_public_access": {
                "internet_gateway_block": {
                    "mode": assigned("block_bidirectional"),
                    "exclusions_allowed": assigned("disabled"),
                }
            },
        }
    }


def written(policy: Mapping[str, Any]) -> str:
    """Return a policy as it counts: without space."""
    return json.dumps(policy, separators=(",", ":"))


def _statement(of: Organization, row: Row, more: Mapping[str, str] | None = None) -> dict[str, Any]:
    condition = {
        operator: {key: filled(of, values) for key, values in keys.items()}
        for operator, keys in (row.condition or {}).items()
    }
    if exempted := exempt(of, row.unless):
        condition["ArnNotLike"] = {"aws:PrincipalArn": list(exempted)}
    selected = ("NotAction", row.all_but) if row.all_but else ("Action", row.actions)
    return {
        "Sid": row.sid,
        "Effect": "Deny",
        **(more or {}),
        selected[0]: filled(of, selected[1]),
        "Resource": filled(of, row.resources),
        **({"Condition": condition} if condition else {}),
    }


def _packed(statements: Sequence[dict[str, Any]], kind: str) -> list[dict[str, Any]]:
    """Put statements into as few policies as their order allows, largest first."""
    policies: list[list[dict[str, Any]]] = []
    for statement in sorted(statements, key=lambda each: -len(written(each))):
        room = next((each for each in policies if _fits([*each, statement])), None)
        if room is None:
            if not _fits([statement]):
                raise MlopsError(
                    f"{kind} policy: statement {statement['Sid']} takes more than "
                    f"{MOST_CHARACTERS:,} characters; name fewer accounts, regions or --operator"
                )
            policies.append([statement])
        else:
            room.append(statement)
    if len(policies) > MOST_POLICIES:
        raise MlopsError(
            f"{kind} policies: {len(policies)}, and a target takes {MOST_POLICIES} beside the one "
            "that allows everything; name fewer accounts, regions or --operator"
        )
    return [_policy(each) for each in policies]


def _fits(statements: Sequence[dict[str, Any]]) -> bool:
    return len(written(_policy(statements))) <= MOST_CHARACTERS


def _policy(statements: Sequence[dict[str, Any]]) -> dict[str, Any]:
    return {"Version": _VERSION, "Statement": list(statements)}
