"""Validation and parsing of policy documents."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from functools import partial
from typing import Any

from iam_prover.errors import PolicyError
from iam_prover.operators import Family, Operator, parse_operator
from iam_prover.ordered import parse_range
from iam_prover.policy import (
    Condition,
    Effect,
    Policy,
    PolicyKind,
    Principals,
    Selection,
    Statement,
)
from iam_prover.principals import parse_principal_name
from iam_prover.templates import Template, Variable, Wildcard, parse_template, split_arn

_WITH_VARIABLES = "2012-10-17"
_VERSIONS = {_WITH_VARIABLES, "2008-10-17"}
_DOCUMENT_FIELDS = {"Version", "Id", "Statement"}
_STATEMENT_FIELDS = {
    *("Sid", "Effect", "Principal", "NotPrincipal"),
    *("Action", "NotAction", "Resource", "NotResource", "Condition"),
}


def never(_text: str) -> bool:
    """Take no value as open."""
    return False


def parse_policy(
    document: object, kind: PolicyKind, where: str, is_open: Callable[[str], bool] = never
) -> Policy:
    """Read a policy document.

    Parameters
    ----------
    where : str
        Its name in messages and decisions, such as its file.
    is_open : callable, optional
        Whether a value or action stands for an unknown one: its form is not checked.

    Examples
    --------
    >>> document = {"Statement": {"Effect": "Allow", "Action": "s3:*", "Resource": "*"}}
    >>> parse_policy(document, PolicyKind.IDENTITY, "reader.json").statements[0].where
    'reader.json, statement 0'
    >>> parse_policy({}, PolicyKind.IDENTITY, "reader.json")
    Traceback (most recent call last):
    iam_prover.errors.PolicyError: reader.json: a policy needs a Statement
    """
    fields = _object(document, where)
    _known(fields, _DOCUMENT_FIELDS, where)
    version = fields.get("Version", "2008-10-17")
    if version not in _VERSIONS:
        raise PolicyError(f"{where}: unknown policy version {version!r}; use {_WITH_VARIABLES!r}")
    if "Statement" not in fields:
        raise PolicyError(f"{where}: a policy needs a Statement")
    statements = fields["Statement"]
    if not isinstance(statements, list):
        statements = [statements]
    return Policy(
        kind,
        where,
        tuple(
            _statement(each, kind, where, index, is_open, variables=version == _WITH_VARIABLES)
            for index, each in enumerate(statements)
        ),
    )


def _statement(
    source: object,
    kind: PolicyKind,
    where: str,
    index: int,
    is_open: Callable[[str], bool],
    *,
    variables: bool,
) -> Statement:
    path = f"{where}, statement {index}"
    fields = _object(source, path)
    if fields.get("Sid"):
        path = f"{path} ({fields['Sid']})"
    _known(fields, _STATEMENT_FIELDS, path)
    if fields.get("Effect") not in ("Allow", "Deny"):  # a list or object cannot be in a set
        raise PolicyError(f"{path}: Effect must be 'Allow' or 'Deny', not {fields.get('Effect')!r}")
    effect = Effect(fields["Effect"])
    principals = _principals(fields, path)
    if principals and not kind.has_principals:
        raise PolicyError(f"{path}: a {kind.value} names no Principal")
    if principals and principals.inverted and effect is Effect.ALLOW:
        raise PolicyError(f"{path}: NotPrincipal with Allow is not supported by IAM")
    actions = _selection(fields, "Action", path, partial(_action, is_open=is_open))
    if actions is None:
        raise PolicyError(f"{path}: needs Action or NotAction")
    parse_resource = partial(parse_template, wildcards=True, variables=variables)
    resources = _selection(fields, "Resource", path, parse_resource)
    if resources is None and kind is not PolicyKind.RESOURCE:
        raise PolicyError(f"{path}: a {kind.value} needs Resource or NotResource")
    conditions = _conditions(fields.get("Condition", {}), path, is_open, variables=variables)
    return Statement(path, effect, actions, resources, principals, conditions)


def _principals(fields: Mapping[str, Any], where: str) -> Principals | None:
    name = _one_of(fields, "Principal", "NotPrincipal", where)
    if name is None:
        return None
    source = {"AWS": "*"} if fields[name] == "*" else _object(fields[name], f"{where}, {name}")
    with _located(where):
        names = tuple(
            parse_principal_name(kind, text)
            for kind, texts in source.items()
            for text in _texts(texts, name)
        )
    return Principals(names, inverted=name == "NotPrincipal")


def _selection(
    fields: Mapping[str, Any], name: str, where: str, parse: Callable[[str], Template]
) -> Selection | None:
    found = _one_of(fields, name, f"Not{name}", where)
    if found is None:
        return None
    with _located(where):
        patterns = tuple(parse(text) for text in _texts(fields[found], found))
    return Selection(patterns, inverted=found != name)


def _action(text: str, is_open: Callable[[str], bool]) -> Template:
    if is_open(text):
        return Template(text, (text,))
    if text != "*" and ":" not in text:
        raise PolicyError(f"action {text!r} must be '*' or 'service:Action'")
    return parse_template(text.lower(), wildcards=True, variables=False)


def _conditions(
    source: object, where: str, is_open: Callable[[str], bool], *, variables: bool
) -> tuple[Condition, ...]:
    with _located(where):
        return tuple(
            condition(
                name, key, *_texts(texts, f"{name} {key}"), variables=variables, is_open=is_open
            )
            for name, block in _object(source, "Condition").items()
            for key, texts in _object(block, f"Condition {name}").items()
        )


def condition(
    name: str,
    key: str,
    *values: str,
    variables: bool = False,
    is_open: Callable[[str], bool] = never,
) -> Condition:
    """Parse one condition; with `variables`, ``${...}`` is a policy variable."""
    operator = parse_operator(name)
    if ":" not in key:
        raise PolicyError(f"{name}: {key!r} is not a condition key ('service:Name')")
    if not values:
        raise PolicyError(f"{name} {key}: needs at least one value")
    return Condition(
        operator,
        key,
        tuple(
            Template(text, (text,))
            if is_open(text)
            else _value(operator, key, text, variables=variables)
            for text in values
        ),
    )


def _value(operator: Operator, key: str, text: str, *, variables: bool) -> Template:
    family = operator.family
    if family.is_ordered:
        parse_range(family, text)
    if family in {Family.BOOL, Family.NULL} and text.lower() not in {"true", "false"}:
        raise PolicyError(f"{operator.name} {key}: {text!r} is neither 'true' nor 'false'")
    template = parse_template(
        text, wildcards=family.has_wildcards, variables=variables and family.has_variables
    )
    if family is Family.ARN and template.parts != (Wildcard.MANY,):
        components = split_arn(template)
        if components is None:
            raise PolicyError(f"{operator.name} {key}: {text!r} has not the six parts of an ARN")
        if any(isinstance(part, Variable) for each in components[:5] for part in each):
            raise PolicyError(
                f"{operator.name} {key}: {text!r} has a policy variable before the fifth colon, "
                "where IAM allows none"
            )
    return template


def _one_of(fields: Mapping[str, Any], name: str, opposite: str, where: str) -> str | None:
    if name in fields and opposite in fields:
        raise PolicyError(f"{where}: has both {name} and {opposite}")
    return next((each for each in (name, opposite) if each in fields), None)


def _known(fields: Mapping[str, Any], known: set[str], where: str) -> None:
    unknown = sorted(set(fields) - known)
    if unknown:
        raise PolicyError(f"{where}: unknown element {unknown[0]!r}")


def _object(source: object, where: str) -> Mapping[str, Any]:
    if not isinstance(source, Mapping):
        raise PolicyError(f"{where}: must be an object, not {type(source).__name__}")
    return source


def _texts(source: object, where: str) -> list[str]:
    """Return a text or a list of texts as a list; JSON numbers and Booleans count as text."""
    items = source if isinstance(source, list) else [source]
    if not items:
        raise PolicyError(f"{where}: the list is empty")
    texts = []
    for item in items:
        if isinstance(item, bool):
            texts.append(str(item).lower())
        elif isinstance(item, str | int | float):
            texts.append(str(item))
        else:
            raise PolicyError(f"{where}: must be text, not {type(item).__name__}")
    return texts


@contextmanager
def _located(where: str) -> Iterator[None]:
    try:
        yield
    except PolicyError as error:
        raise PolicyError(f"{where}: {error}") from None
