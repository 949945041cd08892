"""Typed policy documents.

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
    """The kind of a document, which decides its elements."""

    IDENTITY = "identity policy"
    BOUNDARY = "permissions boundary"
    RESOURCE = "resource policy"
    ENDPOINT = "VPC endpoint policy"

    @property
    def has_principals(self) -> bool:
        """True where statements name principals."""
        return self is PolicyKind.RESOURCE or self is PolicyKind.ENDPOINT


class Effect(Enum):
    """The effect of a matching statement."""

    ALLOW = "Allow"
    DENY = "Deny"


@dataclass(frozen=True, slots=True)
class Condition:
    """One operator on one key, whose case does not matter, with at least one value."""

    operator: Operator
    key: str
    values: tuple[Template, ...]

    def __str__(self) -> str:
        """Render it for messages."""
        return f"{self.operator.name} {self.key} {[value.text for value in self.values]}"


@dataclass(frozen=True, slots=True)
class Selection:
    """Action or NotAction, Resource or NotResource; inverted: all but what is listed."""

    patterns: tuple[Template, ...]
    inverted: bool = False


@dataclass(frozen=True, slots=True)
class Principals:
    """Principal or NotPrincipal."""

    names: tuple[PrincipalName, ...]
    inverted: bool = False


@dataclass(frozen=True, slots=True)
class Statement:
    """One statement; `where` is its path, for messages.

    Only a resource policy may leave out `resources`; one without `principals` never matches there.
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
