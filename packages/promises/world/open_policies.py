"""Widest and narrowest forms of policies with open values.

What the widest refuse is refused whatever the values (`mlops_common.symbols`) are; what the
narrowest allow is allowed. A pattern that may or may not match a generated name is open, too.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import lru_cache
from typing import TYPE_CHECKING

from iam_prover.evaluator import Arbitrary, PoliciesInForce
from iam_prover.formulas import AllOf, AnyOf, Formula, Not, ResourceLike
from iam_prover.policy import (
    Condition,
    Effect,
    Policy,
    Principals,
    Selection,
    Statement,
)
from iam_prover.principals import NameKind, PrincipalName
from iam_prover.templates import Template, Wildcard
from mlops_common.symbols import GENERATED, generated_in, open_in
from promises.world.name_patterns import may_cut

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence

    from iam_prover.question import Question, RequestPattern
    from iam_prover.request import Request

_MOST_KNOWN = 1 << 12
_KNOWN: dict[int, tuple[Policy, _Texts]] = {}
_ANY = Template("*", (Wildcard.MANY,))
_EVERYONE = Principals((PrincipalName(NameKind.EVERYONE),))


@lru_cache(maxsize=1 << 16)
def _open_in(text: str) -> tuple[str, ...]:
    return open_in(text)


def is_open(text: str) -> bool:
    """Check whether a text has an open value in it."""
    return bool(_open_in(text))


@dataclass(frozen=True)
class Range:
    """The widest and narrowest policies over all values of what is open in them.

    `unknown` names attributes and generated names; `of_request`: the request itself is open.
    """

    widest: PoliciesInForce
    narrowest: PoliciesInForce
    unknown: tuple[str, ...]
    of_request: bool = False


def range_of_question(question: Question) -> tuple[Question, Question, Range] | None:
    """Return the widest and the narrowest form of a question; None where nothing in it is open."""
    found = _range(
        question.policies,
        list(_pattern_texts(question.requests)),
        [template for each in question.requests.where for template in _templates(each)],
    )
    if found is None:
        return None
    widest, narrowest = found.widest, found.narrowest
    return replace(question, policies=widest), replace(question, policies=narrowest), found


def range_of_request(request: Request, policies: PoliciesInForce) -> Range | None:
    """Return the range of the policies that decide about a request; None where nothing is open."""
    context = [text for values in request.context.values() for text in values]
    caller = request.caller
    texts = [request.resource, caller.arn, caller.session_arn or "", *context]
    return _range(policies, texts, [])


def open_in_policy(policy: Policy) -> tuple[str, ...]:
    """List what is open in a policy."""
    return tuple(sorted({name for names in _texts_of(policy).open.values() for name in names}))


@dataclass(frozen=True, eq=False)
class _Texts:
    """Patterns, generated names and open values of a policy or pattern, by text."""

    patterns: tuple[Template, ...]
    generated: tuple[str, ...]
    open: Mapping[str, tuple[str, ...]]


def _texts(templates: Iterable[Template], names: Iterable[str]) -> _Texts:
    known = tuple(dict.fromkeys(templates))
    texts = dict.fromkeys((*names, *(each.text for each in known)))
    return _Texts(
        tuple(each for each in known if not all(isinstance(part, str) for part in each.parts)),
        tuple(text for text in texts if GENERATED.search(text)),
        {text: found for text in texts if (found := _open_in(text))},
    )


def _texts_of(policy: Policy) -> _Texts:
    # By identity: a policy's hash is that of all its text, and each is asked about often.
    found = _KNOWN.get(id(policy))
    if found is None or found[0] is not policy:
        if len(_KNOWN) > _MOST_KNOWN:
            _KNOWN.clear()
        names = (each.value for each in _named(policy))
        found = _KNOWN[id(policy)] = policy, _texts(_written(policy), names)
    return found[1]


def _range(policies: PoliciesInForce, texts: list[str], formulas: list[Template]) -> Range | None:
    asked = _texts(formulas, texts)
    groups = tuple(_texts_of(each) for each in policies.documents)
    reasons = {**_reasons(groups), **asked.open}
    _add(reasons, [asked], [asked, *groups])
    _add(reasons, groups, [asked])
    if not reasons:
        return None
    mine = (*texts, *(each.text for each in formulas))
    return Range(
        _bounded(policies, reasons.__contains__, widest=True),
        _bounded(policies, reasons.__contains__, widest=False),
        tuple(sorted({name for names in reasons.values() for name in names})),
        any(text in reasons for text in mine),
    )


@lru_cache(maxsize=1 << 12)
def _reasons(groups: tuple[_Texts, ...]) -> Mapping[str, tuple[str, ...]]:
    """Return what is open in policies by themselves, whatever is asked about them."""
    reasons = {text: names for each in groups for text, names in each.open.items()}
    _add(reasons, groups, groups)
    return reasons


def _add(
    reasons: dict[str, tuple[str, ...]], ones: Sequence[_Texts], others: Sequence[_Texts]
) -> None:
    named = [each for each in others if each.generated]
    for one in ones if named else ():
        for other in named if one.patterns else ():
            for cut in (_cut(one, each) for each in other.generated):
                for text, names in cut.items():
                    reasons[text] = (*reasons.get(text, ()), *names)


@lru_cache(maxsize=1 << 16)
def _cut(one: _Texts, text: str) -> Mapping[str, tuple[str, ...]]:
    names = tuple(f"the name of {each}" for each in generated_in(text))
    return {
        pattern.text: names
        for pattern in one.patterns
        if text != pattern.text and may_cut(pattern, text)
    }


def _bounded(
    policies: PoliciesInForce, is_open: Callable[[str], bool], *, widest: bool
) -> PoliciesInForce:
    def of(policy: Policy) -> Policy:
        statements = (
            (_at_most if (each.effect is Effect.ALLOW) is widest else _at_least)(each, is_open)
            for each in policy.statements
        )
        return replace(policy, statements=tuple(each for each in statements if each is not None))

    def group(known: tuple[Policy, ...] | Arbitrary) -> tuple[Policy, ...] | Arbitrary:
        return known if isinstance(known, Arbitrary) else tuple(of(each) for each in known)

    return replace(
        policies,
        identity=group(policies.identity),
        resource=group(policies.resource),
        boundary=policies.boundary and of(policies.boundary),
        endpoint=policies.endpoint and of(policies.endpoint),
    )


def _at_most(statement: Statement, is_open: Callable[[str], bool]) -> Statement | None:

    def selection(given: Selection | None) -> Selection | None:
        if given is None or not any(is_open(each.text) for each in given.patterns):
            return given
        kept = tuple(each for each in given.patterns if not is_open(each.text))
        return Selection(kept, inverted=True) if given.inverted and kept else Selection((_ANY,))

    principals = statement.principals
    if principals and any(is_open(each.value) for each in principals.names):
        kept = tuple(each for each in principals.names if not is_open(each.value))
        principals = Principals(kept, inverted=True) if principals.inverted and kept else _EVERYONE
    conditions = tuple(
        each
        for each in statement.conditions
        if not any(is_open(value.text) for value in each.values)
    )
    return replace(
        statement,
        actions=selection(statement.actions) or statement.actions,
        resources=selection(statement.resources),
        principals=principals,
        conditions=conditions,
    )


def _at_least(statement: Statement, is_open: Callable[[str], bool]) -> Statement | None:
    """Narrow a statement to what it matches in any case; None where that may be nothing."""

    def selection(given: Selection) -> Selection | None:
        kept = tuple(each for each in given.patterns if not is_open(each.text))
        if len(kept) == len(given.patterns):
            return given
        return Selection(kept) if kept and not given.inverted else None

    principals, resources = statement.principals, statement.resources
    if principals:
        kept = tuple(each for each in principals.names if not is_open(each.value))
        if not kept or (principals.inverted and len(kept) < len(principals.names)):
            return None
        principals = replace(principals, names=kept)
    actions = selection(statement.actions)
    selected = resources and selection(resources)
    if actions is None or (resources is not None and selected is None):
        return None
    conditions = [_condition_at_least(each, is_open) for each in statement.conditions]
    found = tuple(each for each in conditions if each is not None)
    if len(found) < len(conditions):
        return None
    return replace(
        statement, actions=actions, resources=selected, principals=principals, conditions=found
    )


def _condition_at_least(condition: Condition, is_open: Callable[[str], bool]) -> Condition | None:
    kept = tuple(each for each in condition.values if not is_open(each.text))
    if len(kept) == len(condition.values):
        return condition
    return replace(condition, values=kept) if kept and not condition.operator.negated else None


def _written(policy: Policy) -> Iterator[Template]:
    for each in policy.statements:
        yield from each.actions.patterns
        yield from each.resources.patterns if each.resources else ()
        for condition in each.conditions:
            yield from condition.values


def _named(policy: Policy) -> Iterator[PrincipalName]:
    for each in policy.statements:
        yield from each.principals.names if each.principals else ()


def _pattern_texts(requests: RequestPattern) -> Iterator[str]:
    yield requests.resource or ""
    for each in requests.callers:
        yield from (each.arn or "", each.exactly.arn if each.exactly else "", *each.except_arns)
    for values in requests.context.values():
        yield from values


def _templates(formula: Formula) -> Iterator[Template]:
    match formula:
        case Condition():
            yield from formula.values
        case ResourceLike(patterns):
            yield from patterns
        case Not(inner):
            yield from _templates(inner)
        case AllOf(formulas) | AnyOf(formulas):
            for each in formulas:
                yield from _templates(each)
