"""Texts as z3 terms; known ones are recognized without asking z3."""

from __future__ import annotations

import re
from functools import cache
from typing import Any

import z3

from iam_prover.encoding.logic import FALSE, conjunction, equation, truth

# Constants are kept for good: the text of each by its identity.
_TEXTS: dict[int, str] = {}
# By z3's numbers of terms, which are kept, too.
_FULL_NAMES: dict[int, tuple[z3.SeqRef, str, z3.SeqRef, z3.SeqRef]] = {}
_SAME: dict[tuple[int, int], z3.BoolRef] = {}
_ESCAPED = re.compile(r"\\u\{([0-9a-fA-F]+)\}|\\u([0-9a-fA-F]{4})|\\x([0-9a-fA-F]{2})")


@cache
def constant(text: str) -> z3.SeqRef:
    """Return a string constant; z3 would read a backslash as the start of an escape."""
    term = z3.StringVal(text.replace("\\", "\\u{5c}"))
    _TEXTS[id(term)] = text
    return term


@cache
def unknown(name: str) -> z3.SeqRef:
    """Return the unknown text of a name."""
    return z3.String(name)


def known_text(term: z3.SeqRef) -> str | None:
    """Return the text that a term of `constant` stands for; None for any other term."""
    return _TEXTS.get(id(term))


def full_name(kind: str, path: z3.SeqRef, name: z3.SeqRef) -> z3.SeqRef:
    """Concatenate a name's parts: `path` is empty or ends with a slash, `name` has none."""
    term = joined([constant(kind), path, name])
    _FULL_NAMES[term.get_id()] = term, kind, path, name
    return term


def same(one: z3.SeqRef, other: z3.SeqRef) -> z3.BoolRef:
    """Encode that two texts are the same: by one formula, whichever comes first."""
    texts = known_text(one), known_text(other)
    if None not in texts:
        return truth(texts[0] == texts[1])
    if texts[0] is not None:
        one, other = other, one
    numbers = one.get_id(), other.get_id()
    found = _SAME.get(numbers)
    if found is None:
        found = _SAME[numbers] = _SAME[numbers[::-1]] = _same(one, other)
    return found


def _same(one: z3.SeqRef, other: z3.SeqRef) -> z3.BoolRef:
    text, parts = known_text(other), _FULL_NAMES.get(one.get_id())
    if text is None or parts is None:
        return equations.note(equation(one, other))
    _, kind, path, name = parts
    before, slash, after = text.removeprefix(kind).rpartition("/")
    if not text.startswith(kind) or not after:
        return FALSE
    return conjunction((same(path, constant(before + slash)), same(name, constant(after))))


class _Equations:
    """All equations of texts in this process, and a name for each."""

    def __init__(self) -> None:
        self._known: list[tuple[z3.BoolRef, z3.BoolRef]] = []
        self._arrays: tuple[Any, ...] = ()

    def note(self, found: z3.BoolRef) -> z3.BoolRef:
        """Name an equation."""
        self._known.append((found, z3.Bool(found.sexpr())))
        self._arrays = ()
        return found

    def named_in(self, formula: z3.BoolRef) -> z3.BoolRef:
        """Put the names in the place of the equations."""
        count = len(self._known)
        if count and not self._arrays:
            terms = zip(*self._known, strict=True)
            self._arrays = tuple((z3.Ast * count)(*(each.ast for each in some)) for some in terms)
        if not count:
            return formula
        found = z3.Z3_substitute(formula.ctx.ref(), formula.ast, count, *self._arrays)
        return z3.BoolRef(found, formula.ctx)


equations = _Equations()


def joined(terms: list[z3.SeqRef]) -> z3.SeqRef:
    """Concatenate texts, of which none is empty."""
    texts = [known_text(term) for term in terms]
    known = [text for text in texts if text is not None]
    if len(known) == len(terms):
        return constant("".join(known))
    return z3.Concat(*terms) if len(terms) > 1 else terms[0]


def python_text(value: z3.SeqRef) -> str:
    """Read a string constant back."""
    return _ESCAPED.sub(
        lambda found: chr(int(found[1] or found[2] or found[3], 16)), str(value.as_string())
    )
