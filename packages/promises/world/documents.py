"""Policy documents of templates: objects, texts, and those of which parts are not known."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from iam_prover.parsing import parse_policy
from iam_prover.policy import PolicyKind
from mlops_common.errors import MlopsError
from mlops_common.symbols import open_symbols
from promises.world.open_policies import is_open

if TYPE_CHECKING:
    from collections.abc import Sequence

    from iam_prover.policy import Policy

_WITHOUT_PRINCIPALS = {PolicyKind.IDENTITY, PolicyKind.BOUNDARY}
_VERSION = "2012-10-17"
# Parts of a statement that are objects; one that is not known may be any.
_OBJECTS = ("Principal", "NotPrincipal", "Condition")
# By content: worlds that are compared have most policies in common, and their claims, too.
_KNOWN: dict[tuple[str, PolicyKind, str], Policy] = {}
_MOST_KNOWN = 5_000


def read_policy(document: object, kind: PolicyKind, where: str) -> Policy:
    """Parse a policy document of a template, or its text.

    A value put into a text may be any part of a policy, so all of it is unknown.
    """
    try:
        key = json.dumps(document), kind, where
    except (TypeError, ValueError, RecursionError):  # what JSON cannot write is judged below
        return _parsed(document, kind, where)
    if key not in _KNOWN:
        if len(_KNOWN) >= _MOST_KNOWN:
            _KNOWN.clear()
        _KNOWN[key] = _parsed(document, kind, where)
    return _KNOWN[key]


def _parsed(document: object, kind: PolicyKind, where: str) -> Policy:
    if not isinstance(document, dict) and (unknown := open_symbols(document)):
        document = {"Version": _VERSION, "Statement": _anything(unknown, kind)}
    elif isinstance(document, str):
        document = _of_text(document, where)
    if isinstance(document, dict) and "Statement" in document:
        statements = document["Statement"]
        statements = statements if isinstance(statements, list) else [statements]
        if unknown := open_symbols(document.get("Version")):
            statements, document = _anything(unknown, kind), {"Version": _VERSION}
        known = [part for each in statements for part in _known(each, kind)]
        document = {**document, "Statement": known}
    try:
        return parse_policy(document, kind, where, is_open)
    except TypeError:
        raise MlopsError(f"{where}: does not have the form of a policy") from None


def _known(statement: Any, kind: PolicyKind) -> list[Any]:
    """Return a statement, or what stands for one whose form is not known."""
    shapes = [statement]
    if isinstance(statement, dict):
        conditions = statement.get("Condition")
        shapes = [statement.get(name) for name in _OBJECTS]
        shapes += conditions.values() if isinstance(conditions, dict) else []
        shapes = [[statement.get("Effect")], *shapes]
    unknown = open_symbols([each for each in shapes if not isinstance(each, dict)])
    return _anything(unknown, kind) if unknown else [statement]


def _anything(unknown: Sequence[str], kind: PolicyKind) -> list[Any]:
    """Make statements that may allow anything and deny anything, by the values they depend on."""
    values = list(unknown)
    rights: dict[str, Any] = {"Action": values, "Resource": values}
    if kind not in _WITHOUT_PRINCIPALS:
        rights["Principal"] = {"AWS": values}
    return [{"Effect": effect, **rights} for effect in ("Allow", "Deny")]


def _of_text(text: str, where: str) -> object:
    try:
        return json.loads(text)
    except ValueError as error:
        raise MlopsError(f"{where}: its policy is not JSON: {error}") from None
