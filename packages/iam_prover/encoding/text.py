"""Texts as z3 terms; known ones are recognized without asking z3."""

from __future__ import annotations

import re
from functools import cache

import z3

from iam_prover.encoding.logic import equation, truth

# Constants are kept for good: the text of each by its identity.
_TEXTS: dict[int, str] = {}
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


def same(one: z3.SeqRef, other: z3.SeqRef) -> z3.BoolRef:
    """Encode that two texts are the same."""
    texts = known_text(one), known_text(other)
    if None in texts:
        return equation(one, other)
    return truth(texts[0] == texts[1])


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
