"""A definition of the suite, and what has to come of it."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from tests.integration.pipeline_local.definition_parts import OUT, condition, fail, join, processing


@dataclass(frozen=True)
class Case:
    """A definition and its outcome.

    Attributes
    ----------
    steps : list
        Its steps.
    statuses : dict
        Those that are not Succeeded.
    failure : str
        Part of the reason why the run fails; empty when it succeeds.
    objects : dict
        What objects of S3 then hold: the whole text, or a part after "…".
    gone : tuple
        URIs of objects that are not in S3 afterwards.
    parameters : list
        As declared.
    given : dict
        Values of parameters.
    more : dict
        Other fields of the definition.
    """

    steps: list[dict[str, Any]]
    statuses: dict[str, str] = field(default_factory=dict)
    failure: str = ""
    objects: dict[str, str] = field(default_factory=dict)
    gone: tuple[str, ...] = ()
    parameters: list[dict[str, Any]] = field(default_factory=list)
    given: dict[str, str] = field(default_factory=dict)
    more: dict[str, Any] = field(default_factory=dict)

    @property
    def document(self) -> dict[str, Any]:
        """The definition."""
        return {
            "Version": "2020-12-01",
            "Metadata": {},
            "Parameters": self.parameters,
            "Steps": self.steps,
            **self.more,
        }


def writes(name: str, text: Any, **more: Any) -> dict[str, Any]:
    """Make a Processing step that writes a text."""
    return processing(name, join("out/text", text, on="="), outputs=("out",), **more)


def decides(kind: str, test: dict[str, Any], *, outcome: bool) -> Case:
    """Make a definition whose two branches tell which way a condition went."""
    went, other = ("Yes", "No") if outcome else ("No", "Yes")
    yes, no = writes("Yes", f"{kind} holds"), fail("No", f"{kind} does not hold")
    return Case(
        [condition("Decide", test, [yes], [no])],
        {other: "NotTaken", **({} if outcome else {went: "Failed"})},
        "" if outcome else f"{kind} does not hold",
        {f"{OUT}/Yes/out/text": f"{kind} holds"} if outcome else {},
    )
