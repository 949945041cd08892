"""Texts of policies as z3 terms and regular expressions."""

from __future__ import annotations

import re
from functools import cache
from typing import TypeAlias

import z3

from mlops.proofs.templates import Wildcard

_ESCAPED = re.compile(r"\\u\{([0-9a-fA-F]+)\}|\\u([0-9a-fA-F]{4})|\\x([0-9a-fA-F]{2})")


def constant(text: str) -> z3.SeqRef:
    """Make a string constant.

    Parameters
    ----------
    text : str
        Any text; z3 would read a backslash as the start of an escape.

    Returns
    -------
    z3.SeqRef
        The constant.
    """
    return z3.StringVal(text.replace("\\", "\\u{5c}"))


def python_text(value: z3.SeqRef) -> str:
    """Read a string constant back.

    Parameters
    ----------
    value : z3.SeqRef
        A value of a model.

    Returns
    -------
    str
        Its text.
    """
    return _ESCAPED.sub(
        lambda found: chr(int(found[1] or found[2] or found[3], 16)), str(value.as_string())
    )


@cache
def _any_character() -> z3.ReRef:
    return z3.AllChar(z3.ReSort(z3.StringSort()))


@cache
def _no_colon() -> z3.ReRef:
    return z3.Intersect(_any_character(), z3.Complement(z3.Re(":")))


@cache
def wildcard(kind: Wildcard, *, colons: bool = True) -> z3.ReRef:
    """Give the language of a wildcard.

    Parameters
    ----------
    kind : Wildcard
        `*` or `?`.
    colons : bool
        Whether it may stand for a colon; not in the first five parts of an ARN.

    Returns
    -------
    z3.ReRef
        A regular expression.
    """
    if kind is Wildcard.ONE:
        return _any_character() if colons else _no_colon()
    if colons:
        return z3.Full(z3.ReSort(z3.StringSort()))
    return z3.Star(_no_colon())


@cache
def ignoring_case(text: str) -> z3.ReRef:
    """Give the language of a text in any ASCII case.

    Parameters
    ----------
    text : str
        The text, not empty.

    Returns
    -------
    z3.ReRef
        A regular expression.
    """
    letters = []
    for letter in text:
        forms = {letter.lower(), letter.upper()} if letter.isascii() else {letter}
        choices = [z3.Re(constant(form)) for form in sorted(forms)]
        letters.append(z3.Union(*choices) if len(choices) > 1 else choices[0])
    return concatenation(letters)


def concatenation(languages: list[z3.ReRef]) -> z3.ReRef:
    """Put languages behind one another.

    Parameters
    ----------
    languages : list of z3.ReRef
        In order.

    Returns
    -------
    z3.ReRef
        A regular expression.
    """
    if not languages:
        return z3.Re("")
    return z3.Concat(*languages) if len(languages) > 1 else languages[0]


@cache
def of_class(characters: str) -> z3.ReRef:
    """Give the language of one character out of a class.

    Parameters
    ----------
    characters : str
        Single characters and ranges as in ``a-z``, ranges first.

    Returns
    -------
    z3.ReRef
        A regular expression.
    """
    choices = [
        z3.Range(found[0], found[2]) if len(found) > 1 else z3.Re(found)
        for found in re.findall(r".-.|.", characters)
    ]
    return z3.Union(*choices) if len(choices) > 1 else choices[0]


Piece: TypeAlias = str | z3.SeqRef | z3.ReRef


def matches(text: z3.SeqRef, pieces: list[Piece]) -> z3.BoolRef | None:
    """Say that a text consists of these pieces.

    Parameters
    ----------
    text : z3.SeqRef
        The text.
    pieces : list of str, z3.SeqRef or z3.ReRef
        Literals, terms (values of policy variables) and languages, in order.

    Returns
    -------
    z3.BoolRef or None
        None when a term stands between two languages: that would need a quantifier.
    """
    languages = [index for index, piece in enumerate(pieces) if isinstance(piece, z3.ReRef)]
    if not languages:
        return text == _term(pieces)
    if all(isinstance(piece, str | z3.ReRef) for piece in pieces):
        return z3.InRe(text, concatenation([_language(piece) for piece in pieces]))
    head, middle, tail = (
        pieces[: languages[0]],
        pieces[languages[0] : languages[-1] + 1],
        pieces[languages[-1] + 1 :],
    )
    if any(not isinstance(piece, str | z3.ReRef) for piece in middle):
        return None
    before, after = _term(head), _term(tail)
    rest = z3.Length(text) - z3.Length(before) - z3.Length(after)
    return z3.And(
        z3.PrefixOf(before, text),
        z3.SuffixOf(after, text),
        rest >= 0,
        z3.InRe(
            z3.SubString(text, z3.Length(before), rest),
            concatenation([_language(piece) for piece in middle]),
        ),
    )


def _language(piece: Piece) -> z3.ReRef:
    return z3.Re(constant(piece)) if isinstance(piece, str) else piece


def _term(pieces: list[Piece]) -> z3.SeqRef:
    terms = [constant(piece) if isinstance(piece, str) else piece for piece in pieces]
    if not terms:
        return constant("")
    return z3.Concat(*terms) if len(terms) > 1 else terms[0]
