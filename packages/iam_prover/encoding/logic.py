"""Connectives that simplify what is known, and build z3 terms without its coercions.

z3's own `And` and `Or` look at every argument's sort, which takes longer than most proofs.
"""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING

import z3

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

TRUE, FALSE = z3.BoolVal(True), z3.BoolVal(False)
_CONTEXT = z3.main_ctx()
_REF = _CONTEXT.ref()


@cache
def boolean(name: str) -> z3.BoolRef:
    """Return the unknown truth value of a name."""
    return z3.Bool(name)


def truth(value: bool) -> z3.BoolRef:
    """Return a truth value as a formula, one that the connectives recognise."""
    return TRUE if value else FALSE


def conjunction(parts: Iterable[z3.BoolRef]) -> z3.BoolRef:
    """Encode that all parts hold; they are evaluated up to the first that is known to be false."""
    kept = []
    for part in parts:
        if part is FALSE:
            return FALSE
        if part is not TRUE:
            kept.append(part)
    return _joined(kept, z3.Z3_mk_and, TRUE)


def disjunction(parts: Iterable[z3.BoolRef]) -> z3.BoolRef:
    """Encode that one part holds; they are evaluated up to the first that is known to be true."""
    kept = []
    for part in parts:
        if part is TRUE:
            return TRUE
        if part is not FALSE:
            kept.append(part)
    return _joined(kept, z3.Z3_mk_or, FALSE)


def negation(part: z3.BoolRef) -> z3.BoolRef:
    """Encode that something does not hold."""
    if part is TRUE:
        return FALSE
    if part is FALSE:
        return TRUE
    return z3.BoolRef(z3.Z3_mk_not(_REF, part.ast), _CONTEXT)


def equation(one: z3.ExprRef, other: z3.ExprRef) -> z3.BoolRef:
    """Encode that two terms of one sort are the same."""
    return z3.BoolRef(z3.Z3_mk_eq(_REF, one.ast, other.ast), _CONTEXT)


def _joined(
    parts: list[z3.BoolRef], make: Callable[..., object], of_nothing: z3.BoolRef
) -> z3.BoolRef:
    if not parts:
        return of_nothing
    if len(parts) == 1:
        return parts[0]
    terms = (z3.Ast * len(parts))(*(part.ast for part in parts))
    return z3.BoolRef(make(_REF, len(parts), terms), _CONTEXT)
