"""Patterns with wildcards that match only some values of a generated name."""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from functools import lru_cache
from typing import TYPE_CHECKING

from iam_prover.templates import Wildcard, parse_template
from mlops_common.symbols import GENERATED

if TYPE_CHECKING:
    from collections.abc import Iterator

    from iam_prover.templates import Template

# What names and ids consist of; no colon and no slash, which separate the parts of an ARN.
_NAME = re.compile(r"[\w+=,.@-]", re.ASCII)
# A text cut into characters, wildcards and generated symbols, each a whole.
_Items = tuple[str | Wildcard, ...]


@lru_cache(maxsize=1 << 16)
def may_cut(pattern: Template, text: str) -> bool:
    """Check whether a pattern can match a text by a part of a generated name in it.

    A wildcard that covers the name matches whatever it is; text beside it would have to be its own.
    """
    mine = _items(pattern)
    theirs = _items(parse_template(text, wildcards=True, variables=False))
    first = next((at for at, item in enumerate(mine) if isinstance(item, Wildcard)), len(mine))
    name = next(at for at, item in enumerate(theirs) if _is_name(item))
    # The usual case, quickly: one wildcard for all the rest, which starts before the name.
    plain = not any(isinstance(item, Wildcard) for item in theirs[:name])
    if plain and mine[first:] == (Wildcard.MANY,) and first <= name:
        return False
    return _search(mine, theirs)


@dataclass(frozen=True, slots=True)
class _State:
    """A position in a match: the next items of the pattern and of the text.

    `inside` the name that is the next item of the text; `literal` and `wild` parts of the pattern
    have fallen into it; `cut`: both have, into any.
    """

    mine: int
    theirs: int
    inside: bool = False
    literal: bool = False
    wild: bool = False
    cut: bool = False


def _search(mine: _Items, theirs: _Items) -> bool:
    """Look for a match in which literals and wildcards of the pattern share a name of the text."""
    waiting, seen = [_State(0, 0)], set()
    while waiting:
        state = waiting.pop()
        if state in seen:
            continue
        seen.add(state)
        if state.mine == len(mine) and state.theirs == len(theirs) and state.cut:
            return True
        item = mine[state.mine] if state.mine < len(mine) else None
        if state.inside:
            waiting += _inside(state, item)
        else:
            against = theirs[state.theirs] if state.theirs < len(theirs) else None
            waiting += _outside(state, item, against)
    return False


def _inside(state: _State, item: str | Wildcard | None) -> Iterator[_State]:
    # A name that the pattern writes out would be a literal, which no generated name is.
    wild = state.wild or item is Wildcard.MANY
    if wild or not state.literal:
        cut = state.cut or (wild and state.literal)
        yield _State(state.mine, state.theirs + 1, cut=cut)
    if item is Wildcard.MANY:
        yield replace(state, mine=state.mine + 1, wild=True)
    elif item is Wildcard.ONE:
        yield replace(state, mine=state.mine + 1, wild=True, literal=True)
    elif item is not None and _NAME.fullmatch(item):
        yield replace(state, mine=state.mine + 1, literal=True)


def _outside(
    state: _State, item: str | Wildcard | None, against: str | Wildcard | None
) -> Iterator[_State]:
    mine, theirs = (replace(state, mine=state.mine + 1), replace(state, theirs=state.theirs + 1))
    if item is Wildcard.MANY:
        yield mine
    if against is Wildcard.MANY:
        yield theirs
    if item is None or against is None:
        return
    if _is_name(against) and item != against:
        yield replace(state, inside=True, literal=False, wild=item is Wildcard.MANY)
    if item is Wildcard.MANY:
        yield theirs
    if against is Wildcard.MANY:
        yield mine
    if item == against or (Wildcard.ONE in {item, against} and not _is_name(against)):
        yield replace(mine, theirs=state.theirs + 1)


def _is_name(item: str | Wildcard | None) -> bool:
    return isinstance(item, str) and len(item) > 1


@lru_cache(maxsize=1 << 16)
def _items(template: Template) -> _Items:
    items: list[str | Wildcard] = []
    for part in template.parts:
        if not isinstance(part, str):
            # A policy variable stands for any text here.
            items.append(part if isinstance(part, Wildcard) else Wildcard.MANY)
            continue
        end = 0
        for found in GENERATED.finditer(part):
            items += [*part[end : found.start()], found[0]]
            end = found.end()
        items += part[end:]
    return tuple(items)
