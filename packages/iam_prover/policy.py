"""Policy documents, typed.

Source: IAM User Guide, "IAM JSON policy element reference".
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from iam_prover.operators import Operator
    from iam_prover.principals import PrincipalName
    from iam_prover.templates import Template


class PolicyKind(Enum):
    """What a document is attached to; this decides which elements it must and may have."""

    IDENTITY = "identity policy"
    BOUNDARY = "permissions boundary"
    RESOURCE = "resource policy"
    ENDPOINT = "VPC endpoint policy"

    @property
    def has_principals(self) -> bool:
        """Whether its statements name principals."""
        return self in {PolicyKind.RESOURCE, PolicyKind.ENDPOINT}


class Effect(Enum):
    """What a statement that matches does."""

    ALLOW = "Allow"
    DENY = "Deny"


@dataclass(frozen=True, slots=True)
class Condition:
    """One operator on one key.

    Parameters
    ----------
    key : str
        The context key as written; keys ignore case.
    values : tuple of Template
        What is compared with, at least one.
    """

    operator: Operator
    key: str
    values: tuple[Template, ...]

    def __str__(self) -> str:
        """Write it as people say it."""
        return f"{self.operator.name} {self.key} {[value.text for value in self.values]}"


@dataclass(frozen=True, slots=True)
class Selection:
    """An element and its opposite: Action or NotAction, Resource or NotResource.

    Parameters
    ----------
    inverted : bool
        True for the `Not…` form: everything but what is listed.
    """

    patterns: tuple[Template, ...]
    inverted: bool = False


@dataclass(frozen=True, slots=True)
class Principals:
    """Principal or NotPrincipal."""

    names: tuple[PrincipalName, ...]
    inverted: bool = False


@dataclass(frozen=True, slots=True)
class Statement:
    """One statement.

    Parameters
    ----------
    where : str
        Path of the statement, for messages: the document's, then its Sid or place.
    resources : Selection or None
        None where the element is left out, which only a resource policy may.
    principals : Principals or None
        None in identity policies and boundaries. A resource policy's statement without one
        never matches.
    """

    where: str
    effect: Effect
    actions: Selection
    resources: Selection | None = None
    principals: Principals | None = None
    conditions: tuple[Condition, ...] = ()


@dataclass(frozen=True, slots=True)
class Policy:
    """One document."""

    kind: PolicyKind
    where: str
    statements: tuple[Statement, ...]

    @property
    def services(self) -> frozenset[str]:
        """Prefixes of the services whose actions it names, in lower case."""
        return frozenset(
            pattern.text.partition(":")[0].lower()
            for statement in self.statements
            for pattern in statement.actions.patterns
            if ":" in pattern.text
        )
