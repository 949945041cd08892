"""What the prover settles without z3's theory of strings is what the plain evaluator says.

Random patterns of few letters overlap, include and exclude each other in many ways. A question is
made around a request: where the evaluator lets that through, nothing may be proved impossible.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

import z3

from iam_prover.answers import Impossible, Possible, Unknown
from iam_prover.conditions import pattern
from iam_prover.encoding.languages import ignoring_case, wildcard
from iam_prover.encoding.logic import conjunction
from iam_prover.encoding.membership import Memberships
from iam_prover.encoding.solve import ask
from iam_prover.encoding.text import constant, full_name, same, unknown
from iam_prover.formulas import AnyOf, Not, fulfils, key, present, resource_like
from iam_prover.principals import IDENTITIES, CallerKind
from iam_prover.question import CallerPattern, Question, RequestPattern, any_session, exactly
from iam_prover.templates import Wildcard

from .conftest import HERE, KEYS, RESOURCE_PATTERNS, ROLES, THERE, Generator

if TYPE_CHECKING:
    import random

    from iam_prover.formulas import Formula
    from iam_prover.request import Request

    from .conftest import Draw

# Few, so that they often meet: what regular expressions, ARNs and z3 read as signs, and the first
# of the characters by which wildcards are compared.
LETTERS = ("a", "b", "ab", ":", "/", ".", "\\", "\n", "A", "é", "\ue000", "[")
PLAIN = ("a", "b", "ab", "/", ":", ".")
LIMIT = 2.0
# Each takes as long as ten of those in test_agreement.py: 1,000 take a minute of a core.
_OF_TEN, _MOST = 1, 1_000


def letters(pick: random.Random, most: int, among: tuple[str, ...] = LETTERS) -> str:
    return "".join(pick.choices(among, k=pick.randrange(most + 1)))


def pieces(pick: random.Random, *, colons: bool) -> list[Any]:
    """Draw literals and wildcards, up to five of each."""
    drawn: list[Any] = []
    for _ in range(pick.randrange(1, 6)):
        text = letters(pick, 2)
        drawn.append(text if colons else text.replace(":", ""))
        if pick.random() < 0.6:
            drawn.append(pick.choice((Wildcard.MANY, Wildcard.MANY, Wildcard.ONE)))
    return [each for each in drawn if each]


def instance(pick: random.Random, parts: list[Any], *, colons: bool) -> str:
    """Draw a text that parts of a pattern match."""

    def fill(part: Any) -> str:
        if isinstance(part, str):
            return part
        one = pick.choice("ab/:\n." if colons else "ab/\n.")
        return one if part is Wildcard.ONE else letters(pick, 2, tuple("ab/.A")) + one

    return "".join(map(fill, parts))


def test_facts_about_patterns_hold_of_every_text(draw: Draw) -> None:
    """Which patterns include, exclude or equal which; whether a text matches, in all three ways."""
    pick, matching = draw.generator.pick, 0
    for _ in range(min(draw.cases // 2, 4 * _MOST)):
        colons = pick.random() < 0.6
        drawn = [pieces(pick, colons=colons) for _ in range(4)]
        # One more that is narrower than the first: a wildcard of it stands for less.
        drawn.append(
            [letters(pick, 1, PLAIN[:4]) if each is Wildcard.MANY else each for each in drawn[0]]
        )
        path, name = unknown("path"), unknown("name")
        text = full_name("role/", path, name) if pick.random() < 0.2 else unknown("text")
        other, memberships = unknown("other"), Memberships()
        names = []
        for parts in drawn:
            languages = [
                each if isinstance(each, str) else wildcard(each, colons=colons) for each in parts
            ]
            if pick.random() < 0.1:
                languages = [ignoring_case("".join(map(str, letters(pick, 3))))]
            names.append((languages, parts, memberships.matches(text, list(languages))))
            memberships.matches(other, list(languages))
        memberships.are_same(text, other)
        facts = conjunction(memberships.facts())
        for parts in drawn:
            value = instance(pick, parts, colons=colons)
            texts = {text: value, other: pick.choice((value, "a"))}
            if text is not unknown("text"):
                before, slash, after = value.rpartition("/")
                texts = {path: before + slash, name: after, other: texts[other]}
                texts[text] = value = f"role/{value}"
            known = [same(term, constant(each)) for term, each in texts.items() if term is not text]
            known += [] if path in texts else [same(text, constant(value))]
            solver = z3.Solver()
            solver.add(*known, *memberships.definitions({text: value, other: texts[other]}))
            solver.add(facts)
            assert solver.check() == z3.sat, (drawn, value, texts[other])
            for languages, of_evaluator, _ in names:
                if not all(isinstance(each, str) or each.symbol for each in languages):
                    continue
                said = Memberships().matches(constant(value), list(languages))
                assert said is not None
                expected = pattern(tuple(of_evaluator)).fullmatch(value) is not None
                if colons or ":" not in value:
                    assert z3.is_true(said) is expected, (of_evaluator, value)
                    matching += expected
    assert matching > draw.cases


class Tangled(Generator):
    """Draws patterns of few letters for resources, sources and whom a principal's ARN names."""

    def pattern(self, most: int = 5) -> str:
        parts = (
            letters(self.pick, 2, PLAIN) + self.pick.choice(("*", "*", "?", ""))
            for _ in range(self.pick.randrange(1, most + 1))
        )
        return "".join(parts)

    def text(self, patterns: tuple[str, ...]) -> str:
        """Draw a text that one of some patterns matches."""
        parts = self.pick.choice(patterns)
        return "".join(
            letters(self.pick, 2, PLAIN) if each == "*" else each.replace("?", "a")
            for each in parts
        )

    def shuffle(self) -> None:
        """Draw what policies and requests say from now on."""
        self.resource_patterns = (
            *(f"arn:aws:s3:::{self.pattern()}" for _ in range(6)),
            *self.pick.sample(RESOURCE_PATTERNS, 2),
        )
        plain = tuple(each for each in self.resource_patterns if "$" not in each)
        self.resources = tuple(self.text(plain) for _ in range(5))
        sources = (
            *(f"arn:aws:{self.pick.choice(('sns', '*'))}:*:{HERE}:{self.pattern(3)}" for _ in "ab"),
            f"arn:aws:sns:eu-*:{THERE}:{self.pattern(3)}",
            *KEYS["aws:SourceArn"].policy_values,
        )
        prefixes = tuple(self.pattern() for _ in range(4))
        people = (
            *KEYS["aws:PrincipalArn"].policy_values,
            f"arn:aws:iam::{HERE}:role/*{self.pick.choice('Jbt/')}*",
            f"arn:aws:iam::{HERE}:role/team/*{self.pick.choice('Sbt')}*",
            f"arn:aws:iam::{self.pick.choice((HERE, '*'))}:role/?{self.pattern(2)}",
            f"{ROLES[0]}/", f"arn:aws:iam::{HERE}:role", f"arn:aws:iam::{HERE}:role/",
        )  # fmt: skip
        changed = {
            "aws:SourceArn": (sources, tuple(self.text(sources) for _ in range(4))),
            "s3:prefix": (prefixes, tuple(self.text(prefixes) for _ in range(4))),
            "aws:PrincipalArn": (people, ()),
        }
        self.keys = {
            **KEYS,
            **{
                name: replace(
                    KEYS[name],
                    policy_values=policy_values,
                    request_values=tuple(each for each in request_values if each),
                )
                for name, (policy_values, request_values) in changed.items()
            },
        }

    def callers_like(self, request: Request) -> tuple[CallerPattern, ...]:
        """Draw sets of callers with the request's, or most of them with."""
        caller, pick = request.caller, self.pick
        others = tuple(
            each.arn for each in pick.sample(self.callers, 3) if each.arn and each != caller
        )
        found = [exactly(caller), CallerPattern(caller.kind, except_arns=others)]
        if caller.kind is CallerKind.ROLE:
            found.append(any_session(caller.arn))
        if caller.kind in IDENTITIES:
            found.append(CallerPattern(caller.kind, account=caller.account))
            elsewhere = THERE if caller.account == HERE else HERE
            found.append(CallerPattern(caller.kind, not_account=elsewhere, except_arns=others))
        # That of a canonical user id is known of a caller in full only.
        return (
            pick.choice(found[:1] if self.chance(0.3) else found),
            exactly(pick.choice(self.callers)),
        )

    def formulas_of(self, request: Request) -> tuple[Formula, ...]:
        """Draw formulas that hold for the request: as they are, or negated."""
        pick = self.pick
        values = {name: each.policy_values for name, each in self.keys.items()}
        sources, prefixes = values["aws:SourceArn"], values["s3:prefix"]
        drawn: list[Formula] = [
            resource_like(*(each for each in pick.sample(self.resource_patterns, 3))),
            resource_like(f"arn:aws:s3:::{self.pattern()}"),
            AnyOf(
                (
                    key("StringEquals", "aws:SourceAccount", HERE),
                    key("ArnLike", "aws:SourceArn", f"arn:*:*:*:{HERE}:*", *sources[:2]),
                )
            ),
            key("ArnLike", "aws:SourceArn", *pick.sample(sources, 2)),
            key("StringLike", "s3:prefix", *pick.sample(prefixes, 2)),
            key("StringEquals", "aws:PrincipalArn", *ROLES),
            key("ArnLike", "aws:PrincipalArn", pick.choice(values["aws:PrincipalArn"])),
            key("StringNotEquals", "aws:ResourceAccount", HERE),
            present("aws:SourceVpce"),
        ]
        chosen = pick.sample(drawn, pick.choice((0, 1, 1, 2, 3)))
        return tuple(each if fulfils(request, each) else Not(each) for each in chosen)

    def question(self, request: Request) -> Question:
        fixed = [name for name in request.context if self.chance(0.15)]
        pattern_of = RequestPattern(
            self.callers_like(request),
            tuple(dict.fromkeys((request.action, self.pick.choice(self.actions)))),
            request.resource if self.chance(0.2) else None,
            self.formulas_of(request),
            {name: request.context[name] for name in fixed},
        )
        refusing = self.policies() if self.chance(0.2) else None
        return Question(self.policies(), pattern_of, refusing)


def test_what_the_evaluator_lets_through_is_never_proved_impossible(draw: Draw) -> None:
    generator = Tangled(draw.generator.pick.randrange(2**32))
    answered = {Possible: 0, Impossible: 0, Unknown: 0}
    known, cases = 0, min(draw.cases * _OF_TEN // 10, _MOST)
    for _ in range(cases):
        generator.shuffle()
        request = generator.request()
        question = generator.question(request)
        answer = ask(question, LIMIT)
        answered[type(answer)] += 1
        possible = question.is_answered_by(request)
        known += possible
        assert not (possible and isinstance(answer, Impossible)), (question, request)
        if isinstance(answer, Possible):
            assert answer.confirmed or answer.free, (question, answer.request)
        if isinstance(answer, Impossible):
            for _ in range(10):
                other = replace(
                    generator.request(),
                    caller=generator.pick.choice((request.caller, *generator.callers)),
                )
                assert not question.is_answered_by(other), (question, other)
    # Where the evaluator lets nothing through, or z3 gives no answer, agreement says little.
    assert known * 10 > cases, (known, answered)
    assert answered[Impossible] * 10 > cases, answered
    assert answered[Unknown] * 50 < cases, answered
