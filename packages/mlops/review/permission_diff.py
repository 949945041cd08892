"""Requests that one side allows and the other refuses, found by the solver.

Only policies that changed are compared, and only actions that a changed statement is about; of no
other action can the answer differ.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

from iam_prover.actions import members
from iam_prover.answers import Impossible, Possible
from iam_prover.evaluator import PoliciesInForce, decide
from iam_prover.formulas import ResourceLike, resource_like
from iam_prover.policy import Effect
from iam_prover.question import Question
from iam_prover.reference import matching, names, resource_patterns
from iam_prover.templates import parse_template
from mlops.review.examples import FEW, MOST, guess, is_of_kind
from mlops.review.slices import Slice, content, overlap, slice_of
from promises.reach import Pair, View, changed_views, views

if TYPE_CHECKING:
    from collections.abc import Iterator

    from iam_prover.answers import Answer
    from iam_prover.encoding.prover import Prover
    from iam_prover.request import Request
    from iam_prover.templates import Template
    from promises.world import World

_NOTHING = PoliciesInForce()
_SEEDS = 3
_NO_WORK = "the limit of work was reached before it was asked about"
# What one action costs at most beside the work of z3, in seconds of an idle machine.
_FEW_SECONDS, _MOST_SECONDS = 0.01, 0.1


@dataclass
class Way:
    """One direction of one pair: requests that are allowed on one side only."""

    pair: Pair
    more: bool  # possible now and not before; else the reverse
    actions: list[str] = field(default_factory=list)
    examples: list[Request] = field(default_factory=list)
    statements: list[str] = field(default_factory=list)
    unknown: list[str] = field(default_factory=list)  # undecided actions with the reason
    # Allowed only on resources that the action is not about: AWS makes no such request.
    idle: list[str] = field(default_factory=list)

    @property
    def here(self) -> View:
        """Return the side that allows."""
        return self.pair.after if self.more else self.pair.before

    @property
    def there(self) -> View:
        """Return the side that refuses."""
        return self.pair.before if self.more else self.pair.after

    @property
    def found(self) -> bool:
        """Return whether there is anything to report."""
        return bool(self.actions or self.unknown)

    def take(self, action: str, request: Request) -> None:
        """Record an example."""
        self.actions.append(action)
        self.examples.append(request)
        decision = decide(request, self.here.policies)
        self.statements += [each.where for each in decision.statements]


@dataclass
class _Budget:
    """The work that a comparison may cost; counted, so that it ends alike on a busy machine."""

    prover: Prover
    limit: float
    guessed: float = 0.0

    @property
    def is_over(self) -> bool:
        return self.prover.spent + self.guessed >= self.limit

    def guess(self, ask: _Ask, account: str, most: int) -> Request | None:
        self.guessed += _FEW_SECONDS if most == FEW else _MOST_SECONDS
        return ask.guess(account, most)


@dataclass(frozen=True)
class _Ask:
    """One action of one way, with what decides about it."""

    way: Way
    action: str
    shapes: tuple[str, ...]
    here: PoliciesInForce
    there: PoliciesInForce
    differing: tuple[frozenset[object], frozenset[object]]

    def question(self, shapes: tuple[str, ...] = ()) -> Question:
        pattern = replace(self.way.here.requests, actions=(self.action,))
        if self.shapes == ("*",) and pattern.resource is None:
            pattern = replace(pattern, resource="*")
        elif shapes:
            pattern = replace(pattern, where=(*pattern.where, resource_like(*shapes)))
        return Question(self.here, pattern, refused_by=self.there)

    def guess(self, account: str, most: int) -> Request | None:
        """Try requests that the policies suggest, and those of the way's other actions."""
        policies = (*self.here.documents, *self.there.documents)
        statements = [each for policy in policies for each in policy.statements]
        # Where nothing of ours does, something in another place or account may.
        elsewhere = _anywhere(self.action) if self.shapes else ()
        shapes = tuple(dict.fromkeys((*self.shapes, *elsewhere)))
        known = self.way.examples[-_SEEDS:]
        return guess(self.question(), shapes, statements, account, known=known, most=most)


def ways_of(before: World, after: World, prover: Prover, time_limit: float) -> list[Way]:
    """Compare all that decides in two worlds, a new role with one that may do nothing.

    An action whose statements are the same on both sides is decided as before. Of the others, an
    example is guessed; the rest goes to the solver, once for all that the same statements decide.
    The limit is one of work, in seconds of an idle machine.
    """
    budget = _Budget(prover, time_limit)
    fresh = {each.where for each in after.resources} - {each.where for each in before.resources}
    found = [
        Way(pair, more)
        for pair in (*_new_roles(before, after), *changed_views(before, after))
        for more in (True, False)
        if more or pair.after.subject not in fresh
    ]
    for way in found:
        groups: dict[tuple[object, ...], list[_Ask]] = {}
        for ask in _asks(way, after):
            if budget.is_over:
                way.unknown.append(f"{ask.action}: {_NO_WORK}")
                continue
            request = budget.guess(ask, after.account, FEW)
            if request is not None:
                way.take(ask.action, request)
            else:
                groups.setdefault((*ask.differing, ask.shapes == ("*",)), []).append(ask)
        for group in groups.values():
            _ask_group(way, group, budget, after.account)
    return found


def _asks(way: Way, world: World) -> Iterator[_Ask]:
    """Yield the actions that other statements decide about than before."""
    for action in way.pair.actions:
        shapes: tuple[str, ...] = ()
        if way.here.requests.resource is None and matching(action):
            patterns = resource_patterns(action, world.region, world.account)
            shapes = tuple(each.replace("arn:*:", "arn:aws:", 1) for each in patterns)
            about = _about(way.here)
            shapes = tuple(s for s in shapes if not about or any(overlap(t, s) for t in about))
            if not shapes:
                continue  # the action is about nothing that this resource is or has in it
        anywhere = _anywhere(action) if shapes else ()
        chosen = Slice(action, anywhere, _about(way.here))
        lost, gained = (content(each, chosen) for each in (way.pair.lost, way.pair.gained))
        if lost == gained and way.pair.same_frame:
            continue
        here, there = (slice_of(view.policies, chosen) for view in (way.here, way.there))
        yield _Ask(way, action, shapes, here, there, (lost, gained))


def _about(view: View) -> tuple[Template, ...]:
    """Return the patterns of a view's resources; none for any."""
    if view.requests.resource is not None:
        return (parse_template(view.requests.resource, wildcards=False, variables=False),)
    return tuple(
        pattern
        for each in view.requests.where
        if isinstance(each, ResourceLike)
        for pattern in each.patterns
    )


def _anywhere(action: str) -> tuple[str, ...]:
    """Return the patterns of an action's resources in any account."""
    return tuple(each.replace("arn:*:", "arn:aws:", 1) for each in resource_patterns(action))


def _ask_group(way: Way, group: list[_Ask], budget: _Budget, account: str) -> None:
    """Ask about actions that the same statements decide about."""
    first, *others = group
    if budget.is_over:
        way.unknown += [f"{each.action}: {_NO_WORK}" for each in group]
        return
    pattern = replace(first.question().requests, actions=tuple(each.action for each in group))
    # Cut down to one action, policies would say nothing of the others.
    chosen = Slice(about=_about(way.here))
    here, there = (slice_of(view.policies, chosen) for view in (way.here, way.there))
    answer = budget.prover.ask(Question(here, pattern, refused_by=there))
    if isinstance(answer, Impossible):
        return
    for each in (first, *others):
        # What the solver found for one action is mostly true of the others, too.
        request = budget.guess(each, account, MOST)
        if request is not None:
            way.take(each.action, request)
        else:
            _ask_one(way, each, answer, budget)


def _ask_one(way: Way, ask: _Ask, known: Answer, budget: _Budget) -> None:
    """Look for an example on a resource of the action's own kind."""
    if isinstance(known, Possible) and _fits(known, ask):
        way.take(ask.action, known.request)
        return
    if budget.is_over:
        way.unknown.append(f"{ask.action}: {_NO_WORK}")
        return
    answer = budget.prover.ask(ask.question(_anywhere(ask.action) if ask.shapes else ()))
    if isinstance(answer, Possible) and answer.confirmed:
        way.take(ask.action, answer.request)
    elif isinstance(answer, Impossible):
        way.idle.append(ask.action)
    else:
        open_ = "the model leaves a condition open"
        reason = open_ if isinstance(answer, Possible) else answer.reason
        way.unknown.append(f"{ask.action}: {reason}")


def _fits(answer: Possible, ask: _Ask) -> bool:
    request = answer.request
    return (
        answer.confirmed
        and request.action == ask.action
        and (not ask.shapes or is_of_kind(request.resource, _anywhere(ask.action)))
    )


def _new_roles(before: World, after: World) -> Iterator[Pair]:
    known = {role.resource.where for role in before.roles}
    fresh = {role.resource.where for role in after.roles} - known
    for view in views(after):
        if view.name in fresh:
            yield Pair(replace(view, policies=_NOTHING), view, _granted(view))


def _granted(view: View) -> tuple[str, ...]:
    """List the actions that a role's own policies are about."""
    services = sorted({name for policy in view.policies.documents for name in policy.services})
    every, chosen = tuple(name for service in services for name in names(service)), 0
    for policy in view.policies.documents:
        for statement in policy.statements if policy is not view.policies.boundary else ():
            if statement.effect is Effect.ALLOW:
                chosen |= members(statement.actions, every)
    return tuple(name for index, name in enumerate(every) if chosen >> index & 1)
