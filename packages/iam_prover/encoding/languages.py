"""Patterns of policies as languages: for z3, for Python, and to be compared with each other."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from functools import cache
from typing import TYPE_CHECKING, TypeAlias

import z3

from iam_prover.encoding.text import constant
from iam_prover.templates import Wildcard

if TYPE_CHECKING:
    from collections.abc import Callable


@dataclass(frozen=True)
class Language:
    """A set of texts that a part of a pattern may stand for.

    `expression` is for Python's `re`, and so is `wide`, which also matches the symbols of languages
    within this one; `symbol` is one character that stands for it in a pattern that another one is
    compared with, empty for a language that is not compared.
    """

    expression: str
    symbol: str
    wide: str
    make: Callable[[], z3.ReRef] = field(compare=False, repr=False)


# Literals and languages; the whole text is one after the other.
Pattern: TypeAlias = tuple[str | Language, ...]
_STRINGS = z3.ReSort(z3.StringSort())


@cache
def _any_character() -> z3.ReRef:
    return z3.AllChar(_STRINGS)


@cache
def _no_colon() -> z3.ReRef:
    return z3.Intersect(_any_character(), z3.Complement(z3.Re(":")))


# By kind of wildcard, and whether it may stand for a colon. The symbols are of Unicode's private
# use; a pattern that has one itself is not compared.
_WILDCARDS = {
    (Wildcard.MANY, True): Language(".*", "\ue000", ".*", lambda: z3.Full(_STRINGS)),
    (Wildcard.ONE, True): Language(".", "\ue001", "[^\ue000\ue002]", _any_character),
    (Wildcard.MANY, False): Language(
        "[^:]*", "\ue002", "[^:\ue000\ue001]*", lambda: z3.Star(_no_colon())
    ),
    (Wildcard.ONE, False): Language("[^:]", "\ue003", "[^:\ue000\ue001\ue002]", _no_colon),
}

_MANY = {_WILDCARDS[Wildcard.MANY, True], _WILDCARDS[Wildcard.MANY, False]}
_SYMBOLS = {language.symbol for language in _WILDCARDS.values()}


def wildcard(kind: Wildcard, *, colons: bool = True) -> Language:
    """Return the language of a wildcard; in the first five parts of an ARN it matches no colon."""
    return _WILDCARDS[kind, colons]


@cache
def ignoring_case(text: str) -> Language:
    """Return the language of a text in any ASCII case."""

    def make() -> z3.ReRef:
        letters = []
        for letter in text:
            forms = {letter.lower(), letter.upper()} if letter.isascii() else {letter}
            choices = [z3.Re(constant(form)) for form in sorted(forms)]
            letters.append(z3.Union(*choices) if len(choices) > 1 else choices[0])
        return _concatenation(letters)

    expression = f"(?ai:{re.escape(text)})"
    return Language(expression, "", expression, make)


@cache
def of_class(characters: str) -> z3.ReRef:
    """Return the language of one character of a class such as ``a-z_``, ranges first."""
    choices = [
        z3.Range(found[0], found[2]) if len(found) > 1 else z3.Re(found)
        for found in re.findall(r".-.|.", characters)
    ]
    return z3.Union(*choices) if len(choices) > 1 else choices[0]


@cache
def term_of(pattern: Pattern) -> z3.ReRef:
    """Make z3's regular expression of a pattern."""
    parts = [z3.Re(constant(part)) if isinstance(part, str) else part.make() for part in pattern]
    return _concatenation(parts)


def _concatenation(languages: list[z3.ReRef]) -> z3.ReRef:
    if not languages:
        return z3.Re("")
    return z3.Concat(*languages) if len(languages) > 1 else languages[0]


@cache
def expression_of(pattern: Pattern) -> re.Pattern[str]:
    """Make Python's regular expression of a pattern, for `fullmatch`."""
    return _compiled(pattern, lambda language: language.expression)


def literal_of(pattern: Pattern) -> str | None:
    """Return the one text that a pattern stands for; None for more."""
    literals = [part for part in pattern if isinstance(part, str)]
    return "".join(literals) if len(literals) == len(pattern) else None


@cache
def includes(wider: Pattern, narrower: Pattern) -> bool:
    """Check whether each wildcard of one pattern surely lies within one of another."""
    symbols = [part if isinstance(part, str) else part.symbol for part in narrower]
    both = (*wider, *narrower)
    texts = "".join(part if isinstance(part, str) else part.expression for part in both)
    if "" in symbols or _SYMBOLS.intersection(texts):
        return False
    expression = _compiled(wider, lambda language: language.wide)
    return expression.fullmatch("".join(symbols)) is not None


def _compiled(pattern: Pattern, expression: Callable[[Language], str]) -> re.Pattern[str]:
    """Compile a pattern so that what follows a wildcard is sought in one place.

    A later place leaves less for the next wildcard; with many wildcards, trying all places takes
    longer than any proof.
    """
    runs = [("", "")]
    for part in pattern:
        text = re.escape(part) if isinstance(part, str) else expression(part)
        if part in _MANY:
            runs.append((text, ""))
        else:
            runs[-1] = runs[-1][0], runs[-1][1] + text
    *others, (last, end) = runs
    before = "".join(f"(?>{many}?{after})" if many else after for many, after in others)
    return re.compile(f"{before}{last}{end}", re.DOTALL)
