"""Text of a policy with wildcards and policy variables in it.

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


@dataclass(frozen=True, slots=True)
class Variable:
    """A policy variable: the value that the request has for a key.

    Parameters
    ----------
    key : str
        The context key, for example ``aws:PrincipalTag/team``.
    """

    key: str
    default: str | None = None


@dataclass(frozen=True, slots=True)
class Template:
    """A policy's text, cut into what is literal and what is not.

    Parameters
    ----------
    parts : tuple of str, Wildcard or Variable
        In order; two literals never stand side by side.
    """

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
    """Cut a policy's text into its parts.

    Parameters
    ----------
    wildcards : bool
        Whether `*` and `?` are wildcards here; under ``StringEquals`` they are themselves.
    variables : bool
        Whether ``${...}`` is a policy variable here: only in version 2012-10-17 of the policy
        language, in resources and under string and ARN operators.
    """
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
