"""Questions to z3, and its answers confirmed by the plain evaluator."""

from __future__ import annotations

import math
from functools import cached_property
from typing import TYPE_CHECKING

import z3

from iam_prover.actions import members
from iam_prover.answers import Answer, Impossible, Possible, Unknown
from iam_prover.encoding.callers import caller_terms
from iam_prover.encoding.conditions import encode_formula
from iam_prover.encoding.decision import Encoder
from iam_prover.encoding.logic import FALSE, TRUE, conjunction, negation
from iam_prover.encoding.text import constant, equations, python_text, same
from iam_prover.encoding.usage import usages
from iam_prover.encoding.vocabulary import Vocabulary
from iam_prover.evaluator import decide
from iam_prover.question import DEFAULT_TIMEOUT
from iam_prover.trivially_impossible import nothing_allows

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from iam_prover.encoding.usage import Usage
    from iam_prover.encoding.vocabulary import Texts
    from iam_prover.policy import Statement
    from iam_prover.question import CallerPattern, Question

# Limits are written as seconds of an idle machine, and counted in z3's units of work. Measured
# on the questions about dev: 1.4 to 2.5 million a second; the hardest question takes 1 million.
UNITS_PER_SECOND = 2_000_000
_AT_FIRST = 0.1
_FOR_EXAMPLES = 0.2
_FIRST_TURN = 1.0
_FOR_READABILITY = 0.3


class Budget:
    """The work that a question may still cost z3, given as seconds of an idle machine.

    z3 counts its work itself, so the same question ends in the same way on a busy machine.
    """

    def __init__(self, seconds: float) -> None:
        self.left = round(seconds * UNITS_PER_SECOND)
        self._seconds = seconds
        self._counted = 0

    @cached_property
    def _context(self) -> z3.Context:
        # Of its own: how z3 searches depends on the terms that it knows from earlier questions.
        return z3.Context()

    def __str__(self) -> str:
        """Name the limit."""
        return f"the limit of {self._seconds:g} s (work of an idle machine) is reached"

    @property
    def spent(self) -> float:
        """The work so far, in seconds of an idle machine."""
        return self._seconds - self.left / UNITS_PER_SECOND

    def check(self, solver: z3.Solver, seconds: float = math.inf) -> z3.CheckSatResult:
        """Check a goal, with no more than the work of some seconds."""
        limit = int(min(self.left, seconds * UNITS_PER_SECOND))
        if limit <= 0:
            return z3.unknown
        solver.set("rlimit", limit)
        outcome = solver.check()
        before, self._counted = self._counted, _work(solver)
        # A whole turn for an answer that z3 does not give: it may give up early, again and again.
        self.left -= limit if outcome == z3.unknown else self._counted - before
        return outcome

    def solver(self, goal: list[z3.BoolRef]) -> z3.Solver:
        """Make a solver of a goal, which knows nothing of other questions."""
        return _with(z3.SimpleSolver(self._context), conjunction(goal).translate(self._context))


def _work(solver: z3.Solver) -> int:
    return int(solver.statistics().get_key_value("rlimit count"))


def _with(solver: z3.Solver, goal: z3.BoolRef) -> z3.Solver:
    # Not `add`, which looks at the sort of every part.
    z3.Z3_solver_assert(solver.ctx.ref(), solver.solver, goal.ast)
    return solver


class _NamesAlone:
    """Proofs by names and the facts about them, without what the names mean."""

    def __init__(self) -> None:
        # By z3's number of the formula, with its work: many questions come down to the same one.
        self._proved: dict[int, tuple[z3.BoolRef, int]] = {}
        self._counted = 0

    def prove(self, known: list[z3.BoolRef], budget: Budget) -> bool:
        """Check whether they suffice for a proof."""
        goal = equations.named_in(conjunction(known))
        number = goal.get_id()
        if number not in self._proved and budget.left > 0:
            solver = _with(z3.SolverFor("QF_FD"), goal)
            solver.set("rlimit", budget.left)
            outcome = solver.check()
            before, self._counted = self._counted, _work(solver)
            if outcome == z3.unsat:
                self._proved[number] = goal, self._counted - before
        # In any order of questions: with less work than this the formula is not decided.
        return number in self._proved and self._proved[number][1] <= budget.left


_NAMES_ALONE = _NamesAlone()


def ask(question: Question, timeout: float = DEFAULT_TIMEOUT) -> Answer:
    """Answer in this process: one query a kind of caller and a group of actions alike."""
    return ask_within(question, Budget(timeout))


def ask_within(question: Question, budget: Budget) -> Answer:
    """Answer with what is left of a budget, which knows then what the answer took."""
    unconfirmed: Possible | None = None
    unknown: Unknown | None = None
    queries = 0
    for action, statements in _representatives(question):
        used = usages(statements, question.requests.where)
        for caller in question.requests.callers:
            queries += 1
            if nothing_allows(question.policies, (action,), (caller,)):
                continue
            answer = _query(question, action, used, caller, budget)
            if isinstance(answer, Possible) and answer.confirmed:
                return answer
            if isinstance(answer, Possible):
                unconfirmed = unconfirmed or answer
            if isinstance(answer, Unknown):
                unknown = unknown or answer
    return unconfirmed or unknown or Impossible(queries)


def _representatives(question: Question) -> Iterator[tuple[str, list[Statement]]]:
    """Return one action for each set of statements; the formula depends on nothing else of it."""
    actions, everything = question.requests.actions, _statements(question)
    about = [members(statement.actions, actions) for statement in everything]
    groups = [(1 << len(actions)) - 1] if actions else []
    for selected in set(about):
        halves = ((group & selected, group & ~selected) for group in groups)
        groups = [half for both in halves for half in both if half]
    first = sorted((group & -group).bit_length() - 1 for group in groups)
    for index in first:
        yield (
            actions[index],
            [
                statement
                for statement, selected in zip(everything, about, strict=True)
                if selected >> index & 1
            ],
        )


def _statements(question: Question) -> list[Statement]:
    others = question.refused_by.documents if question.refused_by else ()
    documents = (*question.policies.documents, *others)
    return [statement for policy in documents for statement in policy.statements]


def _query(
    question: Question,
    action: str,
    used: dict[str, Usage],
    caller: CallerPattern,
    budget: Budget,
) -> Answer:
    requests = question.requests
    vocabulary = Vocabulary(requests, action, caller_terms(caller), used)
    wanted = conjunction(
        part()
        for part in (
            Encoder(question.policies, action.lower(), vocabulary).allowed,
            lambda: conjunction(encode_formula(each, vocabulary) for each in requests.where),
            lambda: _refused(question, action, vocabulary),
        )
    )
    if wanted is FALSE:
        return _proved(question, vocabulary)
    vocabulary.complete()
    basis = [wanted, *vocabulary.constraints]
    plain = [each for each in basis if each.decl().kind() != z3.Z3_OP_SEQ_IN_RE]
    known = [*plain, *vocabulary.memberships.facts()]
    if _NAMES_ALONE.prove(known, budget):
        return _proved(question, vocabulary)

    def goal(texts: Texts) -> list[z3.BoolRef]:
        known = [same(term, constant(text)) for term, text in texts.items()]
        return [*basis, *known, *vocabulary.memberships.definitions(texts)]

    outcome, solver = _search(goal, vocabulary, budget)
    if outcome == z3.unsat:
        return _proved(question, vocabulary)
    if outcome == z3.unknown:
        return Unknown(f"z3 gave no answer for {action}: {budget}")
    model = _readable_model(goal, vocabulary, _model(solver))
    request = vocabulary.in_model(model)
    decision = decide(request, question.policies)
    confirmed = question.is_answered_by(request)
    return Possible(request, decision, confirmed, tuple(sorted(vocabulary.free)))


def _proved(question: Question, vocabulary: Vocabulary) -> Answer:
    if question.refused_by and vocabulary.free:
        return Unknown(f"the model leaves {', '.join(sorted(vocabulary.free))} open")
    return Impossible(1)


def _refused(question: Question, action: str, vocabulary: Vocabulary) -> z3.BoolRef:
    if question.refused_by is None:
        return TRUE
    return negation(Encoder(question.refused_by, action.lower(), vocabulary).allowed())


def _search(
    goal: Callable[[Texts], list[z3.BoolRef]], vocabulary: Vocabulary, budget: Budget
) -> tuple[z3.CheckSatResult, z3.Solver]:
    """Check a goal: as it is for a moment, then for examples, then in longer and longer turns.

    Proofs come at once. Requests may take long where an ordinary caller and resource would do, or
    another order of guesses.
    """
    solver = budget.solver(goal({}))
    outcome = budget.check(solver, _AT_FIRST)
    if outcome != z3.unknown:
        return outcome, solver
    for example in vocabulary.examples():
        solver = budget.solver(goal(example))
        if budget.check(solver, _FOR_EXAMPLES) == z3.sat:
            return z3.sat, solver
    turn, seconds = 0, _FIRST_TURN
    while outcome == z3.unknown and budget.left > 0:
        turn, seconds = turn + 1, seconds * 2
        solver = budget.solver(goal({}))
        solver.set("random_seed", turn)
        outcome = budget.check(solver, seconds)
    return outcome, solver


def _readable_model(
    goal: Callable[[Texts], list[z3.BoolRef]], vocabulary: Vocabulary, model: z3.ModelRef
) -> z3.ModelRef:
    """Look for a counterexample with names that people can read, for a moment only."""
    budget = Budget(_FOR_READABILITY)
    kept: Texts = {}
    for alternatives in vocabulary.readable():
        for term, text in alternatives:
            if python_text(model.eval(term, model_completion=True)) == text:
                kept[term] = text
                break
            solver = budget.solver(goal({**kept, term: text}))
            if budget.check(solver) == z3.sat:
                kept[term] = text
                model = _model(solver)
                break
    return model


def _model(solver: z3.Solver) -> z3.ModelRef:
    return solver.model().translate(z3.main_ctx())
