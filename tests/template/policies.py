"""A plain evaluator of IAM statements, as far as the tests of templates need one.

Intrinsic functions become readable text first, so that a policy of the template can be asked
about a request. An operator that is not here raises: a test never passes by not understanding.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from fnmatch import fnmatchcase
from typing import Any

Context = Mapping[str, "str | list[str]"]


def resolved(value: Any) -> Any:
    """Replace intrinsic functions by text that names what they stand for."""
    if isinstance(value, list):
        return [resolved(item) for item in value]
    if not isinstance(value, dict):
        return value
    if len(value) == 1:
        (name, argument), *_ = value.items()
        if name == "Fn::Join":
            return argument[0].join(str(resolved(part)) for part in argument[1])
        if name in {"Fn::ImportValue", "Ref"}:
            return re.sub(r"\W", "", str(argument).rpartition("ExportsOutput")[2])
        if name == "Fn::GetAtt":
            return f"FnGetAtt{argument[0]}{argument[1]}"
    return {key: resolved(item) for key, item in value.items()}


def statements(document: dict[str, Any]) -> list[dict[str, Any]]:
    listed: list[dict[str, Any]] = resolved(document)["Statement"]
    return listed


def is_denied(policy: dict[str, Any], action: str, resource: str, context: Context) -> bool:
    return any(
        statement["Effect"] == "Deny" and applies(statement, action, resource, context)
        for statement in statements(policy)
    )


def is_allowed(policy: dict[str, Any], action: str, resource: str, context: Context) -> bool:
    """Tell whether a request is allowed, from the network that the policy names if it names one."""
    context = {**_from_inside(policy), **context}
    return not is_denied(policy, action, resource, context) and any(
        statement["Effect"] == "Allow" and applies(statement, action, resource, context)
        for statement in statements(policy)
    )


def _from_inside(policy: dict[str, Any]) -> dict[str, Any]:
    return {
        key: value
        for statement in statements(policy)
        for keys in statement.get("Condition", {}).values()
        for key, value in keys.items()
        if key in {"aws:SourceVpc", "aws:RequestedRegion"}
    }


def applies(statement: dict[str, Any], action: str, resource: str, context: Context) -> bool:
    principal = statement.get("Principal", "*")
    named = principal == "*" or principal.get("AWS", principal.get("Service"))
    who = _list("*" if named is True else named)
    if "*" not in who and not set(who) & set(_list(context.get("principal", []))):
        return False
    if not _matches(statement, "Action", action.lower(), lower=True):
        return False
    if not _matches(statement, "Resource", resource, lower=False):
        return False
    conditions = statement.get("Condition", {}).items()
    return all(
        _holds(operator, key, _list(values), context)
        for operator, keys in conditions
        for key, values in keys.items()
    )


def _matches(statement: dict[str, Any], name: str, value: str, *, lower: bool) -> bool:
    def any_of(patterns: Any) -> bool:
        texts = [text.lower() if lower else text for text in _list(patterns)]
        return any(fnmatchcase(value, text) for text in texts)

    if name in statement:
        return any_of(statement[name])
    return not any_of(statement[f"Not{name}"])


def _holds(operator: str, key: str, values: list[str], context: Context) -> bool:
    present = key in context
    given = _list(context.get(key, []))
    if operator == "Null":
        return (values == ["true"]) is not present
    if ":" in operator:
        return _set_holds(operator, values, given)
    if operator in {"StringNotEquals", "ArnNotEquals"}:
        return not present or given[0] not in values
    if operator in {"StringEquals", "ArnEquals", "Bool", "BoolIfExists"}:
        return given[0] in values if present else operator.endswith("IfExists")
    if operator in {"StringLike", "ArnLike"}:
        return present and any(fnmatchcase(given[0], value) for value in values)
    if operator in {"StringNotLike", "ArnNotLike"}:
        return not present or not any(fnmatchcase(given[0], value) for value in values)
    raise NotImplementedError(operator)


def _set_holds(operator: str, values: list[str], given: list[str]) -> bool:
    if operator == "ForAllValues:StringEquals":
        return all(item in values for item in given)
    if operator == "ForAnyValue:StringNotEquals":
        return any(item not in values for item in given)
    raise NotImplementedError(operator)


def _list(value: Any) -> list[Any]:
    return value if isinstance(value, list) else [value]


def size(document: dict[str, Any]) -> int:
    """Count a policy's characters as IAM does, without white space.

    Every reference counts like the longest of ours, a key's ARN.
    """
    key = "arn:aws:kms:eu-central-1:111111111111:key/00000000-0000-0000-0000-000000000000"
    text = json.dumps(resolved(document), separators=(",", ":"))
    return len(re.sub(r"(FnGetAtt|Ref)\w+", key, text))
