"""The caller of a symbolic request; its kind is always known."""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from functools import cache, cached_property
from typing import TYPE_CHECKING

import z3

from iam_prover.encoding.languages import of_class
from iam_prover.encoding.logic import FALSE, TRUE, conjunction, disjunction, negation, truth
from iam_prover.encoding.text import (
    constant,
    full_name,
    joined,
    known_text,
    python_text,
    same,
    unknown,
)
from iam_prover.pattern_intersection import text_matching_all
from iam_prover.principals import (
    ANONYMOUS,
    IDENTITIES,
    SIGNING,
    Caller,
    CallerKind,
    NameKind,
    PrincipalName,
    federated,
    role,
    root,
    service,
    user,
)
from iam_prover.request import PRINCIPAL_TYPES
from iam_prover.templates import parse_template

if TYPE_CHECKING:
    from iam_prover.question import CallerPattern
    from iam_prover.templates import Template

_COLONS = 5
_NAME = "a-z@-Z0-9+-.=_"
_PATH = "a-z@-Z+-9=_"
_ARN = re.compile(
    r"arn:aws:iam::(?P<account>\d{12}):(?P<last>\w+/(?P<path>(?:[!-~]*/)?)(?P<name>[^/]+))"
)
_EXAMPLE_ACCOUNT = "999999999999"
_EXAMPLES = {
    CallerKind.SERVICE: "example.amazonaws.com",
    CallerKind.FEDERATED: "arn:aws:iam::999999999999:oidc-provider/example.com",
    CallerKind.ORIGIN_ACCESS: (
        "arn:aws:iam::cloudfront:user/CloudFront Origin Access Identity EXAMPLE"
    ),
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
    canonical_id: z3.SeqRef
    constraints: tuple[z3.BoolRef, ...] = ()
    exactly: Caller | None = None

    @property
    def is_identity(self) -> bool:
        """True for a role, a user or a root, which have ARN and account."""
        return self.kind in IDENTITIES

    @cached_property
    def arn_components(self) -> tuple[z3.SeqRef, ...]:
        """The six parts of an identity's ARN."""
        if self.exactly is not None:
            parts = self.exactly.arn.split(":", maxsplit=_COLONS)
            return tuple(constant(part) for part in parts)
        first = tuple(constant(part) for part in ("arn", "aws", "iam", ""))
        if self.kind is CallerKind.ROOT:
            return (*first, self.account, constant("root"))
        last = full_name(f"{self.kind.value}/", self.path, self.name)
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
        kind = PRINCIPAL_TYPES.get(self.kind)
        return {
            "aws:principalarn": self.arn if self.is_identity else None,
            "aws:principalaccount": self.account if self.is_identity else None,
            "aws:principaltype": constant(kind) if kind else None,
            "aws:principalservicename": self.name if is_service else None,
            "aws:username": self.name if self.kind is CallerKind.USER else None,
            **(
                {"aws:principalisawsservice": constant(str(is_service).lower())}
                if self.kind in SIGNING
                else {}
            ),
            **({"kms:calleraccount": self.account} if self.is_identity else {}),
        }

    @property
    def examples(self) -> list[tuple[z3.SeqRef, str]]:
        """Readable values of the unknown parts, for a counterexample."""
        if self.exactly is not None:
            return []
        parts = [
            (self.account, _EXAMPLE_ACCOUNT),
            (self.path, ""),
            (self.name, _EXAMPLES.get(self.kind, "example")),
            (self.session, "session"),
        ]
        return [(term, text) for term, text in parts if known_text(term) is None]

    def like(self, pattern: Template) -> dict[z3.SeqRef, str]:
        """Return texts with which the ARN of a role or user matches a pattern; none if none can."""
        if self.exactly is not None or self.kind not in {CallerKind.ROLE, CallerKind.USER}:
            return {}
        account = known_text(self.account)
        for owner in (account,) if account else (_EXAMPLE_ACCOUNT, "*"):
            wanted = f"arn:aws:iam::{owner}:{self.kind.value}/*"
            roles = parse_template(wanted, wildcards=True, variables=False)
            arn = text_matching_all(pattern, roles)
            if arn is not None and (found := _ARN.fullmatch(arn)):
                terms = (self.arn, self.arn_components[-1], self.account, self.path, self.name)
                texts = (arn, *found.group("last", "account", "path", "name"))
                each = zip(terms, texts, strict=True)
                return {term: text for term, text in each if known_text(term) is None}
        return {}

    def has_arn(self, arn: str) -> z3.BoolRef:
        """Encode that this is the identity of an ARN, or the service or provider of a name."""
        if self.exactly is not None:
            return truth(arn == self.exactly.arn)
        if not self.is_identity:
            return same(self.name, constant(arn))
        *first, account, last = "", *arn.split(":", maxsplit=_COLONS)  # also of a service's name
        kind, _, tail = last.partition("/")
        if first != ["", "arn", "aws", "iam", ""] or kind != self.kind.value:
            return FALSE
        path, slash, name = tail.rpartition("/")
        return conjunction(
            (
                same(self.account, constant(account)),
                same(self.path, constant(path + slash)),
                same(self.name, constant(name)),
            )
        )

    def is_named(self, name: PrincipalName) -> z3.BoolRef | None:
        """Encode that a Principal's entry names this caller, its role or its account.

        None where that is open: the form is not known, or not the caller's canonical user id.
        """
        match name.kind:
            case NameKind.EVERYONE:
                return TRUE
            case NameKind.OTHER:
                return None
            case NameKind.ACCOUNT if self.is_identity:
                return same(self.account, constant(name.value))
            case NameKind.CANONICAL if self.is_identity:
                unknown_id = known_text(self.canonical_id) == ""
                return None if unknown_id else same(self.canonical_id, constant(name.value))
            case NameKind.ARN if self.is_identity:
                return disjunction((self.has_arn(name.value), self.is_session(name)))
        return self.has_arn(name.value) if name.kind.value == self.kind.value else FALSE

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
        account, path, name, session, canonical_id = (
            python_text(model.eval(term, model_completion=True))
            for term in (self.account, self.path, self.name, self.session, self.canonical_id)
        )
        arn = f"arn:aws:iam::{account}:{self.kind.value}/{path}{name}"
        makers = {
            CallerKind.ROLE: lambda: role(arn, session),
            CallerKind.USER: lambda: user(arn),
            CallerKind.ROOT: lambda: root(account),
            CallerKind.SERVICE: lambda: service(name),
            CallerKind.FEDERATED: lambda: federated(name),
            CallerKind.ORIGIN_ACCESS: lambda: Caller(CallerKind.ORIGIN_ACCESS, name),
            CallerKind.ANONYMOUS: lambda: ANONYMOUS,
        }
        found = makers[self.kind]()
        return replace(found, canonical_id=canonical_id or None) if self.is_identity else found


@cache
def caller_terms(pattern: CallerPattern) -> CallerTerms:
    """Make the terms of a pattern of callers."""
    if pattern.exactly is not None:
        return _known(pattern.exactly)
    parts = ("account", "path", "name", "session", "canonical_id")
    account, path, name, session, canonical_id = (unknown(f"caller.{part}") for part in parts)
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
        # A little more than IAM allows (`//`): a simpler language is faster to solve.
        folders = z3.Concat(z3.Star(of_class(_PATH)), z3.Re("/"))
        constraints.append(z3.InRe(path, z3.Option(folders)))
        constraints.append(z3.InRe(name, z3.Plus(of_class(_NAME))))
    else:
        # Of a service, provider or CloudFront identity any name: a policy's may be any text.
        constraints.append(negation(same(name, constant(""))))
    constraints.append(negation(same(session, constant(""))))
    terms = CallerTerms(pattern.kind, account, path, name, session, canonical_id)
    constraints += [negation(terms.has_arn(arn)) for arn in pattern.except_arns]
    if pattern.arn is not None:
        constraints.append(terms.has_arn(pattern.arn))
    return replace(terms, constraints=tuple(constraints))


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
        constant(caller.canonical_id or ""),
        exactly=caller,
    )
