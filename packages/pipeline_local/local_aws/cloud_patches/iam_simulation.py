"""IAM's policy simulator, which moto lacks.

It decides by identity policies, the permissions boundary, and the service control policies of the
account's organization. Of conditions it knows the operators below, with the context entries of the
request; a statement with another one is taken to apply if it denies, and not if it allows.
Source: IAM API Reference, SimulatePrincipalPolicy; IAM User Guide, "Policy evaluation logic".
"""

from __future__ import annotations

import json
from fnmatch import fnmatchcase
from typing import TYPE_CHECKING, Any
from urllib.parse import unquote

from pipeline_local.local_aws.moto_patches import put

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

    Context = dict[str, list[str]]

_ALLOWED, _EXPLICIT, _IMPLICIT = "allowed", "explicitDeny", "implicitDeny"
_OPERATORS: dict[str, tuple[Callable[[str, str], bool], bool]] = {
    "StringEquals": (str.__eq__, True),
    "StringLike": (fnmatchcase, True),
    "ArnLike": (fnmatchcase, True),
    "StringNotEquals": (str.__eq__, False),
    "StringNotLike": (fnmatchcase, False),
    "ArnNotLike": (fnmatchcase, False),
}


def install() -> None:
    """Apply all patches below."""
    policies_can_be_simulated()


def policies_can_be_simulated() -> None:
    """Answer SimulatePrincipalPolicy."""
    from moto.core.responses import ActionResult
    from moto.iam.responses import IamResponse

    def simulate(self: Any) -> ActionResult:
        identity, boundary = _policies_of(self.backend, self._get_param("PolicySourceArn"))
        levels = list(_organization(self.current_account))
        entries = self._get_param("ContextEntries") or []
        context = {e["ContextKeyName"].lower(): e["ContextKeyValues"] for e in entries}
        results = []
        for action in self._get_param("ActionNames"):
            for resource in self._get_param("ResourceArns") or ["*"]:
                asked = (action, resource, context)
                by_levels = [_decision(each, *asked) for each in levels]
                bounds = [] if boundary is None else [_decision([boundary], *asked)]
                every = [_decision(identity, *asked), *bounds, *by_levels]
                order = (_EXPLICIT, _IMPLICIT, _ALLOWED)
                result: dict[str, Any] = {
                    "EvalActionName": action,
                    "EvalResourceName": resource,
                    "EvalDecision": min(every, key=order.index),
                    "MatchedStatements": [],
                    "MissingContextValues": [],
                }
                if levels:
                    allows = set(by_levels) == {_ALLOWED}
                    result["OrganizationsDecisionDetail"] = {"AllowedByOrganizations": allows}
                results.append(result)
        return ActionResult({"EvaluationResults": results, "IsTruncated": False})

    put(IamResponse, "simulate_principal_policy", simulate)


def _policies_of(backend: Any, arn: str) -> tuple[list[Any], Any]:
    """Return the policies of a user or role, and the boundary, if it has one."""
    from moto.iam.exceptions import NotFoundException

    entities = [*backend.users.values(), *backend.roles.values()]
    entity = next((each for each in entities if each.arn == arn), None)
    if entity is None:
        raise NotFoundException(f"The policy source {arn} cannot be found.")
    inline = entity.policies
    texts = list(inline.values() if isinstance(inline, dict) else inline)
    managed = [_default_text(each) for each in entity.managed_policies.values()]
    bound = getattr(entity, "permissions_boundary_arn", None)
    boundary = _parsed(_default_text(backend.get_policy(bound))) if bound else None
    return [_parsed(each) for each in (*texts, *managed)], boundary


def _default_text(policy: Any) -> Any:
    """Return the document of a managed policy's default version, the one in force."""
    default = policy.default_version_id
    return next(each.document for each in policy.versions if each.version_id == default)


def _organization(account: str) -> Iterator[list[Any]]:
    """Yield the service control policies of an account and of each level above it."""
    from moto.organizations.models import organizations_backends

    for partitions in organizations_backends.values():
        for backend in partitions.values():
            if backend.org is None or backend.org.master_account_id == account:
                continue
            level: Any = next((each for each in backend.accounts if each.id == account), None)
            while level is not None:
                found = [p for p in level.attached_policies if p.type == "SERVICE_CONTROL_POLICY"]
                yield [_parsed(each.content) for each in found]
                above = getattr(level, "parent_id", None)
                level = next((each for each in backend.ou if each.id == above), None)


def _parsed(document: Any) -> Any:
    return json.loads(unquote(document)) if isinstance(document, str) else document


def _decision(policies: Iterable[Any], action: str, resource: str, context: Context) -> str:
    effects = set()
    for policy in policies:
        for statement in _many(policy["Statement"]):
            if _selects(statement, "Action", action.lower(), lower=True) and _selects(
                statement, "Resource", resource, lower=False
            ):
                denies = statement["Effect"] == "Deny"
                if _holds(statement.get("Condition", {}), context, in_doubt=denies):
                    effects.add(statement["Effect"])
    return _EXPLICIT if "Deny" in effects else _ALLOWED if effects else _IMPLICIT


def _selects(statement: Any, element: str, value: str, *, lower: bool) -> bool:
    negated = f"Not{element}" in statement
    patterns = _many(statement.get(f"Not{element}" if negated else element, []))
    found = any(fnmatchcase(value, each.lower() if lower else each) for each in patterns)
    return found != negated


def _holds(conditions: Any, context: Context, *, in_doubt: bool) -> bool:
    for operator, keys in conditions.items():
        if operator not in _OPERATORS:
            return in_doubt
        same, wanted = _OPERATORS[operator]
        for key, values in keys.items():
            given = context.get(key.lower(), [])
            if any(same(one, each) for one in given for each in _many(values)) != wanted:
                return False
    return True


def _many(value: Any) -> list[Any]:
    return value if isinstance(value, list) else [value]
