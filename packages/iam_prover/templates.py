"""Texts of a policy with wildcards and policy variables.

Source: IAM User Guide, "IAM policy elements: Variables and tags".
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from enum import Enum
from functools import cache

from iam_prover.errors import PolicyError

_SPECIAL = {"${*}": "*", "${?}": "?", "${$}": "$"}
_TOKEN = re.compile(r"\$\{[^}]*\}|\*|\?|[^$*?]+|\$")
_VARIABLE = re.compile(r"\$\{\s*(?P<key>[\w-]+:[^,}]+?)\s*(?:,\s*'(?P<default>[^']*)'\s*)?\}")


class Wildcard(Enum):
    """A part of a pattern that stands for other text."""

    MANY = "*"
    ONE = "?"

    # Enum's own runs Python code, and patterns are looked up by their parts in the inner loops.
    __hash__ = object.__hash__


@dataclass(frozen=True, slots=True)
class Variable:
    """A policy variable: the request's value of a key such as ``aws:PrincipalTag/team``."""

    key: str
    default: str | None = None


@dataclass(frozen=True, slots=True)
class Template:
    """A policy's text, cut into parts; two literals are never neighbours."""

    text: str
    parts: tuple[str | Wildcard | Variable, ...]

    @property
    def literal(self) -> str | None:
        """The text it stands for, if that is one text and nothing else."""
        if not self.parts:
            return ""
        only = self.parts[0]
        return only if len(self.parts) == 1 and isinstance(only, str) else None

    @property
    def variables(self) -> tuple[Variable, ...]:
        """The policy variables in it."""
        return tuple(part for part in self.parts if isinstance(part, Variable))


@cache
def parse_template(text: str, *, wildcards: bool, variables: bool) -> Template:
    """Parse a policy's text, with wildcards and policy variables only where these are allowed."""
    parts: list[str | Wildcard | Variable] = []
    for token in _TOKEN.findall(text):
        part = _part(token, text, wildcards=wildcards, variables=variables)
        if isinstance(part, str) and parts and isinstance(parts[-1], str):
            parts[-1] += part
        else:
            parts.append(part)
    return Template(text, tuple(parts))


def _part(token: str, text: str, *, wildcards: bool, variables: bool) -> str | Wildcard | Variable:
    if token in {"*", "?"}:
        return Wildcard(token) if wildcards else token
    if not variables:
        return token
    if token in _SPECIAL:
        return _SPECIAL[token]
    if token.startswith("${"):
        found = _VARIABLE.fullmatch(token)
        if found is None:
            raise PolicyError(
                f"{token!r} in {text!r} is not a policy variable; "
                "is it a CloudFormation placeholder that was not resolved?"
            )
        return Variable(found["key"], found["default"])
    if token.startswith("$") and "${" in text and "}" not in text.rpartition("${")[2]:
        raise PolicyError(f"a policy variable is not closed in {text!r}")
    return token


@cache
def split_arn(template: Template) -> tuple[tuple[str | Wildcard | Variable, ...], ...] | None:
    """Cut an ARN pattern at its first five colons."""
    components: list[list[str | Wildcard | Variable]] = [[]]
    for part in template.parts:
        if not isinstance(part, str):
            components[-1].append(part)
            continue
        pieces = part.split(":", maxsplit=6 - len(components))
        components[-1].append(pieces[0])
        components.extend([piece] for piece in pieces[1:])
    if len(components) != 6:  # noqa: PLR2004 - arn:partition:service:region:account:resource
        return None
    return tuple(tuple(part for part in each if part) for each in components)
