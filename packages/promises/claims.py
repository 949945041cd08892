"""Promises and their claims."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, TypeAlias

from mlops_common.errors import MlopsError
from mlops_common.symbols import open_in
from promises.world.open_properties import open_values_read
from promises.world.type_reviews import review_of, values_at

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from iam_prover.evaluator import PoliciesInForce
    from iam_prover.question import Question
    from iam_prover.request import Request
    from promises.world import Resource, World


@dataclass(frozen=True)
class Never:
    """No request of the question's pattern is let through."""

    subject: str
    what: str
    question: Question


@dataclass(frozen=True)
class Allowed:
    """One of these concrete requests is let through, so that denying everything proves nothing."""

    subject: str
    what: str
    candidates: tuple[tuple[Request, PoliciesInForce], ...]


@dataclass(frozen=True)
class Fact:
    """A fact of a template, without any request."""

    subject: str
    what: str
    holds: bool


@dataclass(frozen=True)
class Undecided:
    """A claim that depends on values which only a deployment decides."""

    subject: str
    what: str


Claim: TypeAlias = Never | Allowed | Fact | Undecided


@dataclass(frozen=True)
class Promise:
    """A security statement: claims of a world, none without subject, and intended exceptions.

    `enforced_by` says for the page `docs/security.md` what in the templates keeps it, `listing` how
    the list of `exceptions` is introduced. `exceptions_if_kept` is the same list, made with less
    work, of a promise whose claims are known to hold.
    """

    number: int
    statement: str
    source: str
    assumptions: tuple[str, ...]
    stated: Callable[[World], Iterator[Claim]]
    absent: str
    exceptions: Callable[[World], Iterator[str]] | None = None
    enforced_by: str = ""
    listing: str = "holds with these exceptions of the templates"
    exceptions_if_kept: Callable[[World], Iterator[str]] | None = None

    def claims(self, world: World) -> Iterator[Claim]:
        """Yield the claims on a world, in all its cases; what depends on open values is undecided.

        A claim that is the same in several cases comes once.
        """
        if not world.variants:
            yield from self._claims_of(world)
            return
        found: dict[tuple[str, str], list[tuple[Claim, list[str]]]] = {}
        for each in world.cases:
            for claim in self._claims_of(each):
                alike = found.setdefault((claim.subject, claim.what), [])
                same = next((names for other, names in alike if other == claim), None)
                if same is None:
                    alike.append((claim, [str(each.case)]))
                elif str(each.case) not in same:
                    same.append(str(each.case))
        for alike in found.values():
            for claim, names in alike:
                plain = len(names) == len(world.cases) or not names[0]
                yield claim if plain else replace(claim, what=f"{claim.what} [{names[0]}]")

    def _claims_of(self, world: World) -> Iterator[Claim]:
        with open_values_read() as read:
            known, last = 0, ""
            unknown = (
                *world.open_values,
                *(world.following.open_values if world.following else ()),
            )
            for claim in self._stated(world, read):
                hangs_on = (*read[known:], *unknown, *_in_policies(world, claim))
                if not hangs_on and isinstance(claim, Fact) and not claim.holds:
                    hangs_on = tuple(read)
                known, last = len(read), claim.subject
                yield undecided(claim.subject, claim.what, hangs_on) if hangs_on else claim
            if read[known:]:
                yield undecided(last or world.name, "the promise", read[known:])
        yield from _beside(world, self.number)

    def _stated(self, world: World, read: Sequence[str]) -> Iterator[Claim]:
        """Yield the claims; a value that is not known may have any form, also one that is none."""
        try:
            yield from self.stated(world)
        except (AttributeError, KeyError, TypeError, ValueError) as error:
            if not read:
                raise MlopsError(
                    f"{world.name}, promise {self.number}: a property does not have the form that "
                    f"CloudFormation documents ({error})"
                ) from error
            yield undecided(world.name, "the promise", read)


def _beside(world: World, number: int) -> Iterator[Claim]:
    """Claim that nothing is there which breaks the promise by itself, or which nobody reviewed."""
    for each in world.resources:
        review = review_of(each.kind)
        if review is None:
            continue
        if number in review.breaks:
            yield Fact(each.where, f"no {each.kind} is there: {review.breaks[number]}", False)
        for word, allowed in review.allowed.items():
            for path, values in allowed.items():
                if values.promise == number:
                    yield from _among(each, word, path, values.values)
    for row in world.unreviewed:
        if not row.because and row.may_break(number):
            yield Undecided(row.where, f"not decided: {row.reason}")


def _among(
    each: Resource, word: str, path: tuple[str, ...], allowed: tuple[str, ...]
) -> Iterator[Claim]:
    name, found = ".".join(path), [str(value) for value in values_at(each.properties, path)]
    if not found and word == "must":
        yield Fact(each.where, f"{name} is there, and {' or '.join(allowed)}", False)
    for value in found:
        if unknown := open_in(value):
            yield undecided(each.where, f"{name} is what it may be", unknown)
        elif word == "never":
            yield Fact(each.where, f"it has no {name}", value in {"", "false"})
        elif word == "settled" and value not in allowed:
            what = f"not decided: nobody has reviewed {name} {value} of {each.kind}"
            yield Undecided(each.where, what)
        else:
            what = f"{name} is {' or '.join(allowed)}, not {value}"
            yield Fact(each.where, what, value in allowed)


def undecided(subject: str, what: str, hangs_on: Sequence[str]) -> Undecided:
    """Claim what depends on values that only a deployment decides."""
    names = ", ".join(dict.fromkeys(hangs_on))
    return Undecided(
        subject, f"not decided: {what}; it depends on {names}, known only after a deployment"
    )


def _in_policies(world: World, claim: Claim) -> tuple[str, ...]:
    if not isinstance(claim, Fact):
        return ()
    return tuple(
        name
        for where, names in world.open_policies.items()
        if claim.subject.startswith(where)
        for name in names
    )
