"""Policy documents of templates: objects, texts, and those of which parts are not known."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from iam_prover.parsing import parse_policy
from iam_prover.policy import PolicyKind
from mlops_common.errors import MlopsError
from mlops_common.symbols import part_of
from promises.world.open_policies import is_open

if TYPE_CHECKING:
    from iam_prover.policy import Policy

_WITHOUT_PRINCIPALS = {PolicyKind.IDENTITY, PolicyKind.BOUNDARY}
# Parts of a statement that say what kind of a rule it is; one that is not known may say any.
_FORM = ("Effect", "Principal", "NotPrincipal", "Condition")


def read_policy(document: object, kind: PolicyKind, where: str) -> Policy:
    """Parse a policy document of a template, or its text.

    A value put into a text may be any part of a policy, so all of it is unknown.
    """
    if isinstance(document, str):
        document = (
            {"Version": "2012-10-17", "Statement": _anything(document, kind)}
            if is_open(document)
            else _of_text(document, where)
        )
    if isinstance(document, dict) and "Statement" in document:
        statements = document["Statement"]
        statements = statements if isinstance(statements, list) else [statements]
        document = {
            **document,
            "Statement": [part for each in statements for part in _known(each, kind)],
        }
    return parse_policy(document, kind, where, is_open)


def _known(statement: Any, kind: PolicyKind) -> list[Any]:
    """Return a statement, or what stands for one whose form is not known."""
    if isinstance(statement, str) and is_open(statement):
        return _anything(statement, kind)
    if isinstance(statement, dict):
        parts = [statement.get(name) for name in _FORM]
        parts += list(parts[-1].values()) if isinstance(parts[-1], dict) else []
        unknown = next((each for each in parts if isinstance(each, str) and is_open(each)), None)
        if unknown is not None:
            return _anything(unknown, kind)
    return [statement]


def _anything(value: str, kind: PolicyKind) -> list[Any]:
    """Make statements that may allow anything and deny anything, by the open value they are."""
    value = part_of(value, "policy")
    named = {} if kind in _WITHOUT_PRINCIPALS else {"Principal": {"AWS": value}}
    rights = {**named, "Action": value, "Resource": value}
    return [{"Effect": effect, **rights} for effect in ("Allow", "Deny")]


def _of_text(text: str, where: str) -> object:
    try:
        return json.loads(text)
    except ValueError as error:
        raise MlopsError(f"{where}: its policy is not JSON: {error}") from None
