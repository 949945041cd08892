"""Hints beside a breach: what in a statement lets a request through that is not meant."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from iam_prover.answers import Possible
from iam_prover.conditions import holds
from iam_prover.evaluator import Arbitrary
from iam_prover.operators import Family, parse_operator

if TYPE_CHECKING:
    from collections.abc import Iterator

    from iam_prover.answers import Answer
    from iam_prover.policy import Statement
    from iam_prover.question import Question

_SOURCE_ARN, _ARN_LIKE = "aws:sourcearn", parse_operator("ArnLike")
_PARTS = 5  # of an ARN, before the resource: there a * of StringLike may fit parts of their own


def hint(question: Question, answer: Answer) -> str:
    """Say what to write instead of StringLike, where a * in an ARN fits more than is meant."""
    for each in _statements(question, answer):
        for condition in each.conditions:
            if condition.key.lower() != _SOURCE_ARN or (
                condition.operator.family is not Family.STRING_LIKE or condition.operator.negated
            ):
                continue
            meant = replace(condition, operator=_ARN_LIKE)
            if isinstance(answer, Possible) and holds(meant, answer.request, in_doubt=False):
                continue
            for value in condition.values:
                if {"*", "?"} & set("".join(value.text.split(":", _PARTS)[:_PARTS])):
                    return (
                        f"; {each.where}: in StringLike the wildcards of {value.text} fit colons, "
                        "too, and with them an ARN of another account: write ArnLike"
                    )
    return ""


def _statements(question: Question, answer: Answer) -> Iterator[Statement]:
    if isinstance(answer, Possible):
        yield from answer.decision.statements
    elif not isinstance(question.policies.resource, Arbitrary):
        for policy in question.policies.resource:
            yield from policy.statements
