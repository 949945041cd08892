"""Texts of policies as z3 terms and regular expressions."""

from __future__ import annotations

import re
from functools import cache
from typing import TypeAlias

import z3

from mlops.proofs.encoding.logic import conjunction, equation, truth
from mlops.proofs.templates import Wildcard

# Terms that are kept for good, by identity: the texts they stand for, and their languages as
# regular expressions of Python.
_TEXTS: dict[int, str] = {}
_EXPRESSIONS: dict[int, str] = {}
_MEMBERSHIPS: dict[tuple[int | str, ...], z3.BoolRef] = {}
_ESCAPED = re.compile(r"\\u\{([0-9a-fA-F]+)\}|\\u([0-9a-fA-F]{4})|\\x([0-9a-fA-F]{2})")


@cache
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
    term = z3.StringVal(text.replace("\\", "\\u{5c}"))
    _TEXTS[id(term)] = text
    return term


@cache
def unknown(name: str) -> z3.SeqRef:
    """Give the unknown text of a name.

    Parameters
    ----------
    name : str
        Its name.

    Returns
    -------
    z3.SeqRef
        The same object for the same name.
    """
    return z3.String(name)


def known_text(term: z3.SeqRef) -> str | None:
    """Tell the text that a term of `constant` stands for; None for any other term."""
    return _TEXTS.get(id(term))


def same(one: z3.SeqRef, other: z3.SeqRef) -> z3.BoolRef:
    """Say that two texts are the same.

    Parameters
    ----------
    one, other : z3.SeqRef
        The texts.

    Returns
    -------
    z3.BoolRef
        The formula; decided where both are known.
    """
    texts = known_text(one), known_text(other)
    if None in texts:
        return equation(one, other)
    return truth(texts[0] == texts[1])


def joined(terms: list[z3.SeqRef]) -> z3.SeqRef:
    """Put texts behind one another.

    Parameters
    ----------
    terms : list of z3.SeqRef
        In order.

    Returns
    -------
    z3.SeqRef
        The text; a constant where all are.
    """
    texts = [known_text(term) for term in terms]
    known = [text for text in texts if text is not None]
    if len(known) == len(terms):
        return constant("".join(known))
    return z3.Concat(*terms) if len(terms) > 1 else terms[0]


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
        language = _any_character() if colons else _no_colon()
    elif colons:
        language = z3.Full(z3.ReSort(z3.StringSort()))
    else:
        language = z3.Star(_no_colon())
    one = "." if colons else "[^:]"
    _EXPRESSIONS[id(language)] = one if kind is Wildcard.ONE else f"{one}*"
    return language


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
    language = concatenation(letters)
    _EXPRESSIONS[id(language)] = f"(?ai:{re.escape(text)})"
    return language


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
        return same(text, _term(pieces))
    if all(isinstance(piece, str | z3.ReRef) for piece in pieces):
        return _in_language(text, tuple(pieces))
    head, middle, tail = (
        pieces[: languages[0]],
        pieces[languages[0] : languages[-1] + 1],
        pieces[languages[-1] + 1 :],
    )
    if any(not isinstance(piece, str | z3.ReRef) for piece in middle):
        return None
    before, after = _term(head), _term(tail)
    rest = z3.Length(text) - z3.Length(before) - z3.Length(after)
    return conjunction(
        (
            z3.PrefixOf(before, text),
            z3.SuffixOf(after, text),
            rest >= 0,
            z3.InRe(
                z3.SubString(text, z3.Length(before), rest),
                concatenation([_language(piece) for piece in middle]),
            ),
        )
    )


def _in_language(text: z3.SeqRef, pieces: tuple[str | z3.ReRef, ...]) -> z3.BoolRef:
    known = known_text(text)
    expressions = [
        re.escape(piece) if isinstance(piece, str) else _EXPRESSIONS.get(id(piece))
        for piece in pieces
    ]
    if known is not None and None not in expressions:
        expression = "".join(map(str, expressions))
        return truth(re.fullmatch(expression, known, re.DOTALL) is not None)
    # The formula holds on to its terms, so that their numbers stay theirs.
    key = (text.get_id(), *(each if isinstance(each, str) else each.get_id() for each in pieces))
    found = _MEMBERSHIPS.get(key)
    if found is None:
        found = z3.InRe(text, concatenation([_language(piece) for piece in pieces]))
        _MEMBERSHIPS[key] = found
    return found


def _language(piece: Piece) -> z3.ReRef:
    return z3.Re(constant(piece)) if isinstance(piece, str) else piece


def _term(pieces: list[Piece]) -> z3.SeqRef:
    return joined([constant(piece) if isinstance(piece, str) else piece for piece in pieces])
