"""From a pattern of callers to the terms that z3 gets."""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING

import z3

from iam_prover.encoding.callers import CallerTerms
from iam_prover.encoding.languages import of_class
from iam_prover.encoding.logic import negation
from iam_prover.encoding.text import constant, same, unknown
from iam_prover.principals import IDENTITIES, Caller, CallerKind

if TYPE_CHECKING:
    from iam_prover.question import CallerPattern

_NAME = "a-z@-Z0-9+-.=_"
_PATH = "a-z@-Z+-9=_"


@cache
def caller_terms(pattern: CallerPattern) -> CallerTerms:
    """Make the terms of a pattern of callers."""
    if pattern.exactly is not None:
        return _known(pattern.exactly)
    account, path, name, session = (
        unknown(f"caller.{part}") for part in ("account", "path", "name", "session")
    )
    constraints = []
    if pattern.arn is not None:
        account, path, name = _parts(pattern.arn)
    if pattern.account is not None:
        account = constant(pattern.account)
    elif pattern.kind in IDENTITIES:
        constraints.append(z3.InRe(account, z3.Loop(of_class("0-9"), 12, 12)))
    if pattern.not_account is not None:
        constraints.append(negation(same(account, constant(pattern.not_account))))
    if pattern.kind in {CallerKind.ROLE, CallerKind.USER}:
        # A little more than IAM takes (`//`): a simpler language is faster to solve.
        folders = z3.Concat(z3.Star(of_class(_PATH)), z3.Re("/"))
        constraints.append(z3.InRe(path, z3.Option(folders)))
        constraints.append(z3.InRe(name, z3.Plus(of_class(_NAME))))
    elif pattern.kind is CallerKind.SERVICE:
        label = z3.Plus(of_class("a-z0-9-"))
        constraints.append(z3.InRe(name, z3.Concat(label, z3.Re(".amazonaws.com"))))
    else:
        constraints.append(negation(same(name, constant(""))))
    constraints.append(negation(same(session, constant(""))))
    terms = CallerTerms(pattern.kind, account, path, name, session)
    constraints += [negation(terms.has_arn(arn)) for arn in pattern.except_arns]
    if pattern.arn is not None:
        constraints.append(terms.has_arn(pattern.arn))
    return CallerTerms(pattern.kind, account, path, name, session, tuple(constraints))


def _parts(arn: str) -> tuple[z3.SeqRef, z3.SeqRef, z3.SeqRef]:
    head, _, name = arn.rpartition("/")
    path = head.partition("/")[2]
    account = arn.split(":")[4]
    return constant(account), constant(f"{path}/" if path else ""), constant(name)


def _known(caller: Caller) -> CallerTerms:
    return CallerTerms(
        caller.kind,
        constant(caller.account or ""),
        constant(""),
        constant(caller.name),
        constant((caller.session_arn or "").rpartition("/")[2]),
        exactly=caller,
    )
