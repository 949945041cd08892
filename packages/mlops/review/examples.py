"""Example requests, guessed from the policies and judged by the plain evaluator.

An example found here needs no solver; one that is not found proves nothing.
"""

from __future__ import annotations

import re
from contextlib import suppress
from itertools import chain, combinations, islice, product
from typing import TYPE_CHECKING

from iam_prover.errors import PolicyError
from iam_prover.pattern_intersection import text_matching_all
from iam_prover.principals import ANONYMOUS, CallerKind, NameKind, role, service
from iam_prover.request import ALWAYS_SET, Request
from iam_prover.templates import Wildcard, parse_template

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from iam_prover.policy import Condition, Statement
    from iam_prover.principals import Caller
    from iam_prover.question import CallerPattern, Question
    from iam_prover.templates import Template

# How many requests are tried: before the solver is asked, and after it found no proof.
FEW, MOST = 60, 1000
_MOST_PATTERNS = 12  # of which each is held against each
_EXAMPLE = "example"
_STRANGER = "999999999999"
# Keys that follow from who calls.
_OF_THE_CALLER = {"aws:principalarn", "aws:principalaccount", "aws:principaltype"}


def guess(
    question: Question,
    shapes: tuple[str, ...],
    statements: Sequence[Statement],
    account: str,
    *,
    known: Sequence[Request] = (),
    most: int = MOST,
) -> Request | None:
    """Return a request that answers a question, as the evaluator confirms; None proves nothing."""
    (action,) = question.requests.actions
    pattern = question.requests
    resources = [pattern.resource] if pattern.resource else [*_resources(shapes, statements)]
    callers = [*dict.fromkeys(_callers(pattern.callers, statements))]
    again = ((dict(each.context), where, each.caller) for each in known for where in resources)
    contexts = _contexts(statements, dict(pattern.context), account)
    tries = chain(again, product(contexts, resources, callers))
    for context, resource, caller in islice(tries, most):
        try:
            request = Request(caller, action, resource, context)
        except PolicyError:  # a key that contradicts the caller
            continue
        if question.is_answered_by(request):
            return request
    return None


def _callers(
    patterns: Sequence[CallerPattern], statements: Sequence[Statement]
) -> Iterator[Caller]:
    """Yield callers that may be meant, the roles that a condition names first."""
    named = [*_named_roles(statements)]
    for each in patterns:
        if each.exactly is not None:
            yield each.exactly
        elif each.kind is CallerKind.ROLE:
            yield from (known for known in named if each.admits(known))
            owner = each.account or _STRANGER
            yield role(each.arn or f"arn:aws:iam::{owner}:role/{_EXAMPLE}")
        elif each.kind is CallerKind.SERVICE:
            yield from (
                service(name.value)
                for statement in statements
                for name in (statement.principals.names if statement.principals else ())
                if name.kind is NameKind.SERVICE
            )
            yield service("sagemaker.amazonaws.com")
        elif each.kind is CallerKind.ANONYMOUS:
            yield ANONYMOUS


def _named_roles(statements: Sequence[Statement]) -> Iterator[Caller]:
    for statement in statements:
        for condition in statement.conditions:
            if condition.key.lower() == "aws:principalarn":
                for value in condition.values:
                    with suppress(PolicyError):  # a user, or no ARN that could be one
                        yield role(filled(value))


def _resources(shapes: tuple[str, ...], statements: Sequence[Statement]) -> Iterator[str]:
    """Yield what patterns have in common with the action's kinds, then the kinds themselves."""
    kinds = [
        parse_template(each, wildcards=True, variables=False) for each in shapes if each != "*"
    ]
    patterns = [
        *dict.fromkeys(
            each
            for statement in statements
            for each in (statement.resources.patterns if statement.resources else ())
        )
    ]
    seen = set()
    for text in _common_texts(patterns, kinds):
        if text not in seen and (not shapes or is_of_kind(text, shapes)):
            seen.add(text)
            yield text
    for shape in shapes:
        yield shape if shape == "*" else shape.replace("*", _EXAMPLE)


def _common_texts(patterns: Sequence[Template], kinds: Sequence[Template]) -> Iterator[str]:
    """Yield texts that match one pattern, then such as match two, as of a role and its boundary."""
    if not kinds:
        yield from (filled(each) for each in patterns)
        return
    pairs = [*combinations(patterns, 2)] if len(patterns) <= _MOST_PATTERNS else []
    for several in (*((each,) for each in patterns), *pairs):
        for kind in kinds:
            text = text_matching_all(*several, kind)
            if text is not None:
                yield text


def is_of_kind(resource: str, shapes: tuple[str, ...]) -> bool:
    """Return whether a resource looks like one of some kinds."""
    return any(
        resource == shape or re.fullmatch(re.escape(shape).replace(r"\*", ".+"), resource)
        for shape in shapes
    )


def filled(template: Template) -> str:
    """Replace each wildcard and variable by an example."""
    return "".join(
        "x" if part is Wildcard.ONE else part if isinstance(part, str) else _EXAMPLE
        for part in template.parts
    )


def _contexts(
    statements: Sequence[Statement], fixed: dict[str, tuple[str, ...]], account: str
) -> Iterator[dict[str, tuple[str, ...]]]:
    """Yield the usual keys only, then what each statement asks for."""
    usual: dict[str, tuple[str, ...]] = {
        **ALWAYS_SET,
        "aws:ResourceAccount": (account,),
    }
    yield usual | fixed
    for statement in statements:
        asked = {
            key: values
            for each in statement.conditions
            if each.key.lower() not in _OF_THE_CALLER
            for key, values in _wish(each).items()
        }
        if asked:
            taken = {key.lower() for key in fixed}
            wishes = {key: v for key, v in asked.items() if key.lower() not in taken}
            wished = {key.lower() for key in wishes}
            kept = {key: v for key, v in usual.items() if key.lower() not in wished}
            yield kept | wishes | fixed
    # The context of a resource without an owner, and of another account's.
    yield ALWAYS_SET | fixed
    yield usual | {"aws:ResourceAccount": (_STRANGER,)} | fixed


def _wish(condition: Condition) -> dict[str, tuple[str, ...]]:
    """Return the value that a condition asks for, by its key."""
    operator = condition.operator
    if operator.family.name == "NULL" or operator.negated or not condition.values:
        return {}
    return {condition.key: (filled(condition.values[0]),)}
