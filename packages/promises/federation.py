"""Claims on whom identity providers may let into a role.

An OpenID Connect issuer such as GitHub's vouches for the whole world: the role's trust policy has
to say for whom. Sources: IAM User Guide, "Create a role for OpenID Connect federation" and "IAM
and AWS STS condition context keys"; Amazon Cognito Developer Guide, "Role trust and permissions".
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from iam_prover.formulas import AllOf, Not, key
from iam_prover.policy import Effect
from iam_prover.principals import CallerKind, NameKind, federated
from iam_prover.question import CallerPattern, exactly
from promises.asking import account_of
from promises.indirection import ASSUME
from promises.world.open_policies import is_open

if TYPE_CHECKING:
    from collections.abc import Iterator

    from iam_prover.formulas import Formula
    from promises.asking import Subject
    from promises.claims import Never
    from promises.world import Role, World

_COGNITO = "cognito-identity.amazonaws.com"
# The keys that say for whom, where it is not `sub`.
_SUBJECTS = {
    _COGNITO: "aud",  # the identity pool
    "graph.facebook.com": "id",
    "www.amazon.com": "user_id",
}
# Of a pattern what stands before its first wildcard: two parts that are complete name somebody.
_NAMES_SOMEBODY = re.compile(r"[^*?]+|[^*?]*[:/][^*?]*[:/][*?].*")


def by_providers(world: World, role: Role, subject: Subject) -> Iterator[Never]:
    """Claim that identity providers let those into a role whom its trust policy names."""
    known = _providers(role)
    ours = tuple(each for each in known if account_of(each) in {world.account, ""})
    foreign = CallerPattern(CallerKind.FEDERATED, except_arns=ours)
    what = f"become {role.name} through an identity provider of another account"
    yield subject.never(what, [foreign], ASSUME)
    for provider in ours:
        if ":saml-provider/" in provider:
            continue  # it vouches for the people of one directory: the account's own
        what = (
            f"become {role.name} as somebody of {_issuer(provider)} whom its trust policy does not "
            "name"
        )
        caller = exactly(federated(provider))
        yield subject.never(what, [caller], ASSUME, *_unnamed(role, provider))


def let_in_by_providers(world: World) -> Iterator[str]:
    """List whom roles let in through identity providers: whether they are meant, people say."""
    for role in world.roles:
        for provider in _providers(role):
            name = _subject_key(provider)
            named = " or ".join(_subjects(role, name)) or "everybody"
            yield f"{role.name} lets in, through {provider}, {named}"


def _providers(role: Role) -> tuple[str, ...]:
    return tuple(
        dict.fromkeys(
            name.value
            for statement in role.trust.statements
            if statement.effect is Effect.ALLOW and statement.principals
            for name in statement.principals.names
            if name.kind is NameKind.FEDERATED
        )
    )


def _issuer(provider: str) -> str:
    return provider.partition(":oidc-provider/")[2] or provider


def _subject_key(provider: str) -> str:
    issuer = _issuer(provider)
    return f"{issuer}:{_SUBJECTS.get(issuer, 'sub')}"


def _subjects(role: Role, name: str) -> tuple[str, ...]:
    """Return the patterns of a trust policy that name somebody."""
    return tuple(
        dict.fromkeys(
            value.text
            for statement in role.trust.statements
            for condition in statement.conditions
            if condition.key.lower() == name.lower()
            for value in condition.values
            if _NAMES_SOMEBODY.fullmatch(value.text)
        )
    )


def _unnamed(role: Role, provider: str) -> list[Formula]:
    """Match those whom no pattern of a trust policy names; nothing where it has no pattern."""
    name = _subject_key(provider)
    subjects = _subjects(role, name)
    if not subjects:
        return []
    named: tuple[Formula, ...] = (key("StringLike", name, *subjects, is_open=is_open),)
    if provider == _COGNITO:
        named = (*named, key("ForAnyValue:StringEquals", f"{provider}:amr", "authenticated"))
    return [Not(AllOf(named))]
