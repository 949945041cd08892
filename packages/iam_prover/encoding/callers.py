"""The caller of a symbolic request; its kind is always known."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING

from iam_prover.encoding.logic import FALSE, TRUE, conjunction, disjunction, truth
from iam_prover.encoding.text import constant, joined, known_text, python_text, same
from iam_prover.principals import (
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
    import z3

_COLONS = 5
_IDENTITIES = {CallerKind.ROLE, CallerKind.USER, CallerKind.ROOT}
_PRINCIPAL_TYPES = {
    CallerKind.ROLE: "AssumedRole",
    CallerKind.USER: "User",
    CallerKind.ROOT: "Account",
    CallerKind.ANONYMOUS: "Anonymous",
}


@dataclass(frozen=True)
class CallerTerms:
    """A caller as z3 sees it; `exactly` for a known one.

    An ARN is kept in parts, because comparing parts is much faster than comparing the whole: `path`
    is empty or ends in a slash.
    """

    kind: CallerKind
    account: z3.SeqRef
    path: z3.SeqRef
    name: z3.SeqRef
    session: z3.SeqRef
    constraints: tuple[z3.BoolRef, ...] = ()
    exactly: Caller | None = None

    @property
    def is_identity(self) -> bool:
        """True for a role, a user or a root, which have ARN and account."""
        return self.kind in _IDENTITIES

    @cached_property
    def arn_components(self) -> tuple[z3.SeqRef, ...]:
        """The six parts of an identity's ARN."""
        if self.exactly is not None:
            parts = self.exactly.arn.split(":", maxsplit=_COLONS)
            return tuple(constant(part) for part in parts)
        first = tuple(constant(part) for part in ("arn", "aws", "iam", ""))
        if self.kind is CallerKind.ROOT:
            return (*first, self.account, constant("root"))
        last = joined([constant(f"{self.kind.value}/"), self.path, self.name])
        return (*first, self.account, last)

    @cached_property
    def arn(self) -> z3.SeqRef:
        """ARN of an identity in one piece."""
        first, *others = self.arn_components
        return joined([first, *(part for each in others for part in (constant(":"), each))])

    @cached_property
    def context(self) -> dict[str, z3.SeqRef | None]:
        """The keys that follow from the caller, in lower case; None for a missing one."""
        is_service = self.kind is CallerKind.SERVICE
        kind = _PRINCIPAL_TYPES.get(self.kind)
        return {
            "aws:principalarn": self.arn if self.is_identity else None,
            "aws:principalaccount": self.account if self.is_identity else None,
            "aws:principaltype": constant(kind) if kind else None,
            "aws:principalisawsservice": constant("true" if is_service else "false"),
            "aws:principalservicename": self.name if is_service else None,
            "aws:username": self.name if self.kind is CallerKind.USER else None,
            **({"kms:calleraccount": self.account} if self.is_identity else {}),
        }

    @property
    def examples(self) -> list[tuple[z3.SeqRef, str]]:
        """Readable values of the unknown parts, for a counterexample."""
        if self.exactly is not None:
            return []
        name = "example.amazonaws.com" if self.kind is CallerKind.SERVICE else "example"
        parts = [
            (self.account, "999999999999"),
            (self.path, ""),
            (self.name, name),
            (self.session, "session"),
        ]
        return [(term, text) for term, text in parts if known_text(term) is None]

    def has_arn(self, arn: str) -> z3.BoolRef:
        """Encode that this is the identity of an ARN, or the service or provider of a name."""
        if self.exactly is not None:
            return truth(arn == self.exactly.arn)
        if not self.is_identity:
            return same(self.name, constant(arn))
        *first, account, last = arn.split(":", maxsplit=_COLONS)
        kind, _, tail = last.partition("/")
        if first != ["arn", "aws", "iam", ""] or kind != self.kind.value:
            return FALSE
        path, slash, name = tail.rpartition("/")
        return conjunction(
            (
                same(self.account, constant(account)),
                same(self.path, constant(path + slash)),
                same(self.name, constant(name)),
            )
        )

    def is_named(self, name: PrincipalName) -> z3.BoolRef:
        """Encode that a Principal's entry names this caller, its role or its account."""
        if name.kind is NameKind.EVERYONE:
            return TRUE
        if name.kind is NameKind.ACCOUNT and self.is_identity:
            return same(self.account, constant(name.value))
        if name.kind is NameKind.ARN and self.is_identity:
            return disjunction((self.has_arn(name.value), self.is_session(name)))
        same_kind = name.kind.value == self.kind.value  # service and federated
        return self.has_arn(name.value) if same_kind else FALSE

    def is_session(self, name: PrincipalName) -> z3.BoolRef:
        """Encode that a Principal's entry names this session of a role."""
        parts = name.value.split(":", maxsplit=_COLONS)
        kind, _, rest = parts[-1].partition("/")
        if self.kind is not CallerKind.ROLE or kind != "assumed-role":
            return FALSE
        if self.exactly is not None:
            return truth(name.value == self.exactly.session_arn)
        role_name, _, session = rest.partition("/")
        return conjunction(
            (
                same(self.account, constant(parts[-2])),
                same(self.name, constant(role_name)),
                same(self.session, constant(session)),
            )
        )

    def in_model(self, model: z3.ModelRef) -> Caller:
        """Read the caller of a counterexample."""
        if self.exactly is not None:
            return self.exactly
        account, path, name, session = (
            python_text(model.eval(term, model_completion=True))
            for term in (self.account, self.path, self.name, self.session)
        )
        arn = f"arn:aws:iam::{account}:{self.kind.value}/{path}{name}"
        makers = {
            CallerKind.ROLE: lambda: role(arn, session),
            CallerKind.USER: lambda: user(arn),
            CallerKind.ROOT: lambda: root(account),
            CallerKind.SERVICE: lambda: service(name),
            CallerKind.FEDERATED: lambda: Caller(CallerKind.FEDERATED, name),
            CallerKind.ANONYMOUS: lambda: ANONYMOUS,
        }
        return makers[self.kind]()
