"""A validation of every synthesis: a broken promise fails it."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING, Protocol

import aws_cdk as cdk
import jsii

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from concurrent.futures import Future

NAME = "secure-mlops-promises"


class BrokenPromise(Protocol):
    """A promise that does not hold."""

    @property
    def rule(self) -> str:
        """Name of the promise."""

    @property
    def statement(self) -> str:
        """The promise in words, and its counterexample."""

    @property
    def logical_id(self) -> str:
        """The resource that it is about."""

    @property
    def template(self) -> str:
        """Path of that resource's template."""


class InBackground:
    """A judge that may begin before it is asked, beside other work."""

    def __init__(self, judge: Callable[[Sequence[str]], Sequence[BrokenPromise]]) -> None:
        self._judge = judge
        self._begun: dict[tuple[str, ...], Future[Sequence[BrokenPromise]]] = {}
        self._pool = ThreadPoolExecutor(1)

    def begin(self, templates: Sequence[str]) -> None:
        """Begin to judge templates, which have to stay as they are."""
        self._begun[tuple(templates)] = self._pool.submit(self._judge, templates)

    def __call__(self, templates: Sequence[str]) -> Sequence[BrokenPromise]:
        """Return the judgement of these templates, begun by now or not."""
        begun = self._begun.get(tuple(templates))
        return begun.result() if begun else self._judge(templates)


@jsii.implements(cdk.IPolicyValidationPlugin)
class PromisesPlugin:
    """A plugin that reports the broken promises of a synthesis."""

    def __init__(self, judge: Callable[[Sequence[str]], Sequence[BrokenPromise]]) -> None:
        self._judge = judge

    @property
    def name(self) -> str:
        """Name in the report."""
        return NAME

    @property
    def version(self) -> str:
        """Version in the report."""
        return "1.0.0"

    @property
    def rule_ids(self) -> list[str] | None:
        """Names of the rules, which the judge knows."""
        return None

    def validate(self, context: cdk.IPolicyValidationContext) -> cdk.PolicyValidationPluginReport:
        """Judge the templates."""
        broken = self._judge(context.template_paths)
        return cdk.PolicyValidationPluginReport(
            success=not broken,
            violations=[
                cdk.PolicyViolation(
                    rule_name=each.rule,
                    description=each.statement,
                    severity="error",
                    violating_resources=[
                        cdk.PolicyViolatingResource(
                            resource_logical_id=each.logical_id,
                            template_path=each.template,
                            locations=[],
                        )
                    ],
                )
                for each in broken
            ],
        )


def add_promises(app: cdk.App, judge: Callable[[Sequence[str]], Sequence[BrokenPromise]]) -> None:
    """Validate the templates of an app at every synthesis."""
    cdk.Validations.of(app).add_plugins(PromisesPlugin(judge))
