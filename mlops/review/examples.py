"""Requests that people recognize, guessed from the policies and judged by the plain evaluator.

An example found here needs no solver. One that is not found proves nothing.
"""

from __future__ import annotations

import re
from itertools import islice, product
from typing import TYPE_CHECKING

from mlops.errors import MlopsError
from mlops.proofs.principals import ANONYMOUS, CallerKind, role, service
from mlops.proofs.request import Request
from mlops.proofs.templates import Variable, Wildcard

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from mlops.proofs.policy import Condition, Statement
    from mlops.proofs.principals import Caller
    from mlops.proofs.question import CallerPattern, Question
    from mlops.proofs.templates import Template

_MOST = 400
_EXAMPLE = "example"
_STRANGER = "999999999999"


def guess(
    question: Question, shapes: tuple[str, ...], statements: Sequence[Statement], account: str
) -> Request | None:
    """Look for a request that answers a question.

    Parameters
    ----------
    question : Question
        About one action.
    shapes : tuple of str
        What the action's resources look like.
    statements : sequence of Statement
        Whose resources and conditions are worth trying.
    account : str
        The account of the environment.

    Returns
    -------
    Request or None
        The first that the plain evaluator confirms; None proves nothing.
    """
    (action,) = question.requests.actions
    pattern = question.requests
    resources = [pattern.resource] if pattern.resource else [*_resources(shapes, statements)]
    tries = product(
        _contexts(statements, dict(pattern.context), account), resources, _callers(pattern.callers)
    )
    for context, resource, caller in islice(tries, _MOST):
        try:
            request = Request(caller, action, resource, context)
        except MlopsError:  # a key that contradicts the caller
            continue
        if question.is_answered_by(request):
            return request
    return None


def _callers(patterns: Sequence[CallerPattern]) -> Iterator[Caller]:
    for each in patterns:
        if each.exactly is not None:
            yield each.exactly
        elif each.kind is CallerKind.ROLE:
            owner = each.account or _STRANGER
            yield role(each.arn or f"arn:aws:iam::{owner}:role/{_EXAMPLE}")
        elif each.kind is CallerKind.SERVICE:
            yield service("sagemaker.amazonaws.com")
        elif each.kind is CallerKind.ANONYMOUS:
            yield ANONYMOUS


def _resources(shapes: tuple[str, ...], statements: Sequence[Statement]) -> Iterator[str]:
    """Fill in the patterns that fit a kind of the action's, then the kinds themselves."""
    seen = set()
    for statement in statements:
        for each in statement.resources.patterns if statement.resources else ():
            text = filled(each)
            if text not in seen and (not shapes or is_of_kind(text, shapes)):
                seen.add(text)
                yield text
    for shape in shapes:
        yield shape if shape == "*" else shape.replace("*", _EXAMPLE)


def is_of_kind(resource: str, shapes: tuple[str, ...]) -> bool:
    """Tell whether a resource looks like one of some kinds."""
    return any(
        resource == shape or re.fullmatch(re.escape(shape).replace(r"\*", ".+"), resource)
        for shape in shapes
    )


def filled(template: Template) -> str:
    """Put an example into the place of each wildcard and variable."""
    parts = []
    for part in template.parts:
        if isinstance(part, Wildcard):
            parts.append(_EXAMPLE if part is Wildcard.MANY else "x")
        else:
            parts.append(_EXAMPLE if isinstance(part, Variable) else part)
    return "".join(parts)


def _contexts(
    statements: Sequence[Statement], fixed: dict[str, tuple[str, ...]], account: str
) -> Iterator[dict[str, tuple[str, ...]]]:
    """Try requests with the usual keys only, then with what each statement asks for."""
    usual: dict[str, tuple[str, ...]] = {
        "aws:SecureTransport": ("true",),
        "aws:ResourceAccount": (account,),
    }
    yield usual | fixed
    for statement in statements:
        asked = {
            key: values for each in statement.conditions for key, values in _wish(each).items()
        }
        if asked:
            taken = {key.lower() for key in fixed}
            wishes = {key: v for key, v in asked.items() if key.lower() not in taken}
            yield _merged(usual, wishes) | fixed


def _wish(condition: Condition) -> dict[str, tuple[str, ...]]:
    """Give a key the value that a condition names, if it is one that asks for a value."""
    operator = condition.operator
    if operator.family.name == "NULL" or operator.negated or not condition.values:
        return {}
    return {condition.key: (filled(condition.values[0]),)}


def _merged(
    usual: Mapping[str, tuple[str, ...]], wishes: Mapping[str, tuple[str, ...]]
) -> dict[str, tuple[str, ...]]:
    names = {key.lower() for key in wishes}
    return {key: v for key, v in usual.items() if key.lower() not in names} | dict(wishes)
