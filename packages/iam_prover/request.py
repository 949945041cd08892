"""One request to AWS, with everything that policies can see of it."""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import cached_property
from typing import TYPE_CHECKING, Any

from iam_prover.errors import PolicyError
from iam_prover.principals import SIGNING, Caller, CallerKind

if TYPE_CHECKING:
    from collections.abc import Mapping

# Keys that every signed request has, with their usual values. Source: IAM User Guide, "AWS global
# condition context keys".
ALWAYS_SET = {
    "aws:CurrentTime": ("2026-01-01T00:00:00Z",),
    "aws:SecureTransport": ("true",),
    "aws:ViaAWSService": ("false",),
}
PRINCIPAL_TYPES = {
    CallerKind.ROLE: "AssumedRole",
    CallerKind.USER: "User",
    CallerKind.ROOT: "Account",
    CallerKind.ANONYMOUS: "Anonymous",
}


@dataclass(frozen=True)
class Request:
    """A request as the policies' evaluation sees it; `resource` is ``*`` where the action has none.

    A context key without value is missing; those of `derived_context` need not be given.
    """

    caller: Caller
    action: str
    resource: str
    context: Mapping[str, tuple[str, ...]] = field(default_factory=dict)

    def __post_init__(self) -> None:
        """Check the context."""
        derived = {key.lower(): value for key, value in derived_context(self.caller).items()}
        seen: set[str] = set()
        for key, values in self.context.items():
            name = key.lower()
            if name in seen:
                raise PolicyError(f"the request has {key!r} twice; keys ignore case")
            seen.add(name)
            if "" in values:
                raise PolicyError(f"the request has an empty value for {key!r}; leave the key out")
            if name in derived and derived[name] != values:
                raise PolicyError(f"{key!r} must be {derived[name]} for this caller")

    @cached_property
    def _values(self) -> dict[str, tuple[str, ...]]:
        everything = {**self.context, **derived_context(self.caller)}
        return {key.lower(): tuple(values) for key, values in everything.items()}

    def values(self, key: str) -> tuple[str, ...]:
        """Look up a context key."""
        return self._values.get(key.lower(), ())

    def as_json(self) -> dict[str, Any]:
        """Return a JSON object."""
        return {
            "principal": self.caller.as_json(),
            "action": self.action,
            "resource": self.resource,
            "context": {
                key: list(values)
                for key, values in sorted(
                    {**derived_context(self.caller), **self.context}.items(),
                    key=lambda each: each[0].lower(),
                )
                if values
            },
        }

    def __str__(self) -> str:
        """Render it for messages."""
        who = self.caller.session_arn or self.caller.arn or "an anonymous caller"
        if self.caller.canonical_id:
            who += f" (of the account with canonical user id {self.caller.canonical_id})"
        context = ", ".join(
            f"{key} = {' and '.join(values)}"
            for key, values in sorted(self.context.items())
            if ALWAYS_SET.get(key) != values
        )
        return f"{who} calls {self.action} on {self.resource}" + (
            f", with {context}" if context else ", with no other context key"
        )


def always_set(kind: CallerKind) -> tuple[str, ...]:
    """List the keys that AWS sets on every request of such a caller, beside derived ones.

    Examples
    --------
    >>> always_set(CallerKind.ANONYMOUS)
    ('aws:CurrentTime', 'aws:SecureTransport')
    """
    return tuple(name for name in ALWAYS_SET if kind in SIGNING or name != "aws:ViaAWSService")


def derived_context(caller: Caller) -> dict[str, tuple[str, ...]]:
    """Return the context keys that follow from the caller.

    Source: IAM User Guide, "AWS global condition context keys": a session has its role's ARN under
    ``aws:PrincipalArn``. KMS Developer Guide, ``kms:CallerAccount``: left open for services.
    """
    kind, identity = caller.kind, caller.has_identity_policies
    is_service = kind is CallerKind.SERVICE
    types = PRINCIPAL_TYPES.get(kind)
    return {
        "aws:PrincipalArn": (caller.arn,) if identity else (),
        "aws:PrincipalAccount": (caller.account,) if identity and caller.account else (),
        "aws:PrincipalType": (types,) if types else (),
        "aws:PrincipalServiceName": (caller.arn,) if is_service else (),
        "aws:username": (caller.name,) if kind is CallerKind.USER else (),
        **({"aws:PrincipalIsAWSService": (str(is_service).lower(),)} if kind in SIGNING else {}),
        **({"kms:CallerAccount": (caller.account,)} if identity and caller.account else {}),
    }
