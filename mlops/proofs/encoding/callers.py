"""The caller of a symbolic request.

The kind of caller is always concrete: a question about several kinds is several queries.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import z3

from mlops.proofs.encoding.text import constant, of_class, python_text
from mlops.proofs.principals import (
    ANONYMOUS,
    Caller,
    CallerKind,
    NameKind,
    PrincipalName,
    role,
    root,
    service,
    user,
)

if TYPE_CHECKING:
    from mlops.proofs.question import CallerPattern

_NAME = "a-zA-Z0-9+=,.@_-"
_SESSION_COLONS = 5


@dataclass(frozen=True)
class CallerTerms:
    """A caller as z3 sees it.

    Parameters
    ----------
    kind : CallerKind
        The kind.
    account : z3.SeqRef
        Its account; the empty text without one.
    tail : z3.SeqRef
        A role's or user's path and name; the name of a service or provider.
    session : z3.SeqRef
        Name of the session, for a role.
    constraints : tuple of z3.BoolRef
        What makes it well-formed and one of the pattern.
    exactly : Caller or None
        The caller itself when the pattern is concrete.
    """

    kind: CallerKind
    account: z3.SeqRef
    tail: z3.SeqRef
    session: z3.SeqRef
    constraints: tuple[z3.BoolRef, ...] = ()
    exactly: Caller | None = None

    @property
    def arn(self) -> z3.SeqRef:
        """ARN of the identity, or name of the service."""
        if self.exactly is not None:
            return constant(self.exactly.arn)
        if self.kind is CallerKind.ROOT:
            return z3.Concat(constant("arn:aws:iam::"), self.account, constant(":root"))
        if self.kind in {CallerKind.ROLE, CallerKind.USER}:
            middle = constant(f":{self.kind.value}/")
            return z3.Concat(constant("arn:aws:iam::"), self.account, middle, self.tail)
        return self.tail

    @property
    def context(self) -> dict[str, z3.SeqRef | None]:
        """The keys that follow from the caller, in lower case; None for a missing one."""
        identity = self.kind in {CallerKind.ROLE, CallerKind.USER, CallerKind.ROOT}
        is_service = self.kind is CallerKind.SERVICE
        types = {
            CallerKind.ROLE: "AssumedRole",
            CallerKind.USER: "User",
            CallerKind.ROOT: "Account",
            CallerKind.ANONYMOUS: "Anonymous",
        }
        kind = types.get(self.kind)
        return {
            "aws:principalarn": self.arn if identity else None,
            "aws:principalaccount": self.account if identity else None,
            "aws:principaltype": constant(kind) if kind else None,
            "aws:principalisawsservice": constant("true" if is_service else "false"),
            "aws:principalservicename": self.arn if is_service else None,
            "aws:username": self._friendly_name if self.kind is CallerKind.USER else None,
        }

    @property
    def examples(self) -> list[tuple[z3.SeqRef, str]]:
        """What the unknown parts may be in a counterexample that people read."""
        if self.exactly is not None:
            return []
        name = "example.amazonaws.com" if self.kind is CallerKind.SERVICE else "example"
        parts = [(self.account, "999999999999"), (self.tail, name), (self.session, "session")]
        return [(term, text) for term, text in parts if not z3.is_string_value(term)]

    @property
    def _friendly_name(self) -> z3.SeqRef:
        if self.exactly is not None:
            return constant(self.exactly.name)
        last = z3.LastIndexOf(self.tail, constant("/"))
        return z3.SubString(self.tail, last + 1, z3.Length(self.tail))

    def is_named(self, name: PrincipalName) -> z3.BoolRef:
        """Say that a Principal's entry names this caller, its role or its account.

        Parameters
        ----------
        name : PrincipalName
            The entry.

        Returns
        -------
        z3.BoolRef
            The formula.
        """
        is_identity = self.kind in {CallerKind.ROLE, CallerKind.USER, CallerKind.ROOT}
        if name.kind is NameKind.EVERYONE:
            return z3.BoolVal(True)
        if name.kind is NameKind.ACCOUNT:
            return self.account == constant(name.value) if is_identity else z3.BoolVal(False)
        if name.kind is NameKind.ARN and is_identity:
            return z3.Or(self.arn == constant(name.value), self.is_session(name))
        same_kind = name.kind.value == self.kind.value  # service and federated
        return self.tail == constant(name.value) if same_kind else z3.BoolVal(False)

    def is_session(self, name: PrincipalName) -> z3.BoolRef:
        """Say that a Principal's entry names this session of a role.

        Parameters
        ----------
        name : PrincipalName
            The entry.

        Returns
        -------
        z3.BoolRef
            The formula.
        """
        parts = name.value.split(":", maxsplit=_SESSION_COLONS)
        last = parts[-1].split("/")
        if self.kind is not CallerKind.ROLE or last[0] != "assumed-role":
            return z3.BoolVal(False)
        if self.exactly is not None:
            return z3.BoolVal(name.value == self.exactly.session_arn)
        role_name = constant(last[1])
        return z3.And(
            self.account == constant(parts[4]),
            z3.Or(self.tail == role_name, z3.SuffixOf(constant(f"/{last[1]}"), self.tail)),
            self.session == constant(last[2]),
        )

    def in_model(self, model: z3.ModelRef) -> Caller:
        """Read the caller of a counterexample.

        Parameters
        ----------
        model : z3.ModelRef
            What z3 found.

        Returns
        -------
        Caller
            The caller.
        """
        if self.exactly is not None:
            return self.exactly
        account, tail, session, arn = (
            python_text(model.eval(term, model_completion=True))
            for term in (self.account, self.tail, self.session, self.arn)
        )
        makers = {
            CallerKind.ROLE: lambda: role(arn, session),
            CallerKind.USER: lambda: user(arn),
            CallerKind.ROOT: lambda: root(account),
            CallerKind.SERVICE: lambda: service(tail),
            CallerKind.FEDERATED: lambda: Caller(CallerKind.FEDERATED, tail),
            CallerKind.ANONYMOUS: lambda: ANONYMOUS,
        }
        return makers[self.kind]()


def caller_terms(pattern: CallerPattern) -> CallerTerms:
    """Make the terms of a pattern of callers.

    Parameters
    ----------
    pattern : CallerPattern
        One kind of caller.

    Returns
    -------
    CallerTerms
        Terms and their constraints.
    """
    if pattern.exactly is not None:
        caller = pattern.exactly
        return CallerTerms(
            caller.kind,
            constant(caller.account or ""),
            constant(caller.arn),
            constant((caller.session_arn or "").rpartition("/")[2]),
            exactly=caller,
        )
    account, tail, session = (
        z3.String(f"caller.{part}") for part in ("account", "tail", "session")
    )
    constraints = []
    if pattern.account is not None:
        account = constant(pattern.account)
    elif pattern.kind in {CallerKind.ROLE, CallerKind.USER, CallerKind.ROOT}:
        constraints.append(z3.InRe(account, z3.Loop(of_class("0-9"), 12, 12)))
    if pattern.not_account is not None:
        constraints.append(account != constant(pattern.not_account))
    if pattern.kind in {CallerKind.ROLE, CallerKind.USER}:
        name = z3.Plus(of_class(_NAME))
        path = z3.Star(z3.Concat(name, z3.Re("/")))
        constraints.append(z3.InRe(tail, z3.Concat(path, name)))
    if pattern.kind is CallerKind.SERVICE:
        name = z3.Plus(of_class("a-z0-9-"))
        constraints.append(z3.InRe(tail, z3.Concat(name, z3.Re(".amazonaws.com"))))
    if pattern.kind is CallerKind.FEDERATED:
        constraints.append(tail != constant(""))
    if pattern.kind is CallerKind.ROLE:
        constraints.append(z3.InRe(session, z3.Plus(of_class(_NAME))))
    terms = CallerTerms(pattern.kind, account, tail, session)
    constraints += [terms.arn != constant(arn) for arn in pattern.except_arns]
    return CallerTerms(pattern.kind, account, tail, session, tuple(constraints))
