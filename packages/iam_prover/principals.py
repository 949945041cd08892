"""Callers, and principals of resource policies.

Sources: IAM User Guide, "AWS JSON policy elements: Principal" and "…: NotPrincipal"; CloudFront
Developer Guide, "Restrict access to an Amazon S3 origin"; S3 User Guide, "Finding the canonical
user ID for your AWS account".
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from enum import Enum

from iam_prover.errors import PolicyError

_ACCOUNT = re.compile(r"\d{12}")
_ROOT = re.compile(r"arn:[\w-]+:iam::(\d{12}):root")
# Users, roles and their sessions, in the partition that callers are of.
_IDENTITY = re.compile(
    r"arn:aws:(iam::\d{12}:(role|user)/(.*/)?[^/]+|sts::\d{12}:assumed-role/[^/]+/[^/]+)"
)
_ORIGIN_ACCESS = "arn:aws:iam::cloudfront:user/"
_ROLE = re.compile(
    r"arn:(?P<partition>[\w-]+):iam::(?P<account>\d{12}):role/(?:.*/)?(?P<name>[^/]+)"
)
_USER = re.compile(r"arn:[\w-]+:iam::(?P<account>\d{12}):user/(?:.*/)?(?P<name>[^/]+)")


class CallerKind(Enum):
    """The kinds of principal in the model."""

    ROLE = "role"
    USER = "user"
    ROOT = "root"
    SERVICE = "service"
    FEDERATED = "federated"
    ORIGIN_ACCESS = "origin access identity"
    ANONYMOUS = "anonymous"


IDENTITIES = (CallerKind.ROLE, CallerKind.USER, CallerKind.ROOT)
# Who signs requests with credentials of AWS.
SIGNING = (*IDENTITIES, CallerKind.SERVICE)


@dataclass(frozen=True, slots=True)
class Caller:
    """The principal of one request; `arn` is a service's or identity provider's name.

    Identities of an account have its canonical user id, too; None where it is not known.
    """

    kind: CallerKind
    arn: str = ""
    account: str | None = None
    session_arn: str | None = None
    canonical_id: str | None = None

    @property
    def name(self) -> str:
        """The last part of the ARN: a user's or role's friendly name."""
        return self.arn.rpartition("/")[2]

    @property
    def has_identity_policies(self) -> bool:
        """True for an IAM identity; services and anonymous callers are none."""
        return self.kind in IDENTITIES

    def as_json(self) -> dict[str, str]:
        """Return a JSON object."""
        facts = {
            "type": self.kind.value,
            "arn": self.arn,
            "session": self.session_arn,
            "canonical user": self.canonical_id,
        }
        return {name: value for name, value in facts.items() if value}


def role(arn: str, session: str = "session") -> Caller:
    """Describe a session of a role.

    Examples
    --------
    >>> role("arn:aws:iam::111122223333:role/team/Job", "monday").session_arn
    'arn:aws:sts::111122223333:assumed-role/Job/monday'
    """
    found = _ROLE.fullmatch(arn)
    if found is None:
        raise PolicyError(f"{arn!r} is not the ARN of a role")
    partition, account, name = found["partition"], found["account"], found["name"]
    session_arn = f"arn:{partition}:sts::{account}:assumed-role/{name}/{session}"
    return Caller(CallerKind.ROLE, arn, account, session_arn)


def user(arn: str) -> Caller:
    """Describe an IAM user.

    Examples
    --------
    >>> user("arn:aws:iam::111122223333:user/ann").name
    'ann'
    """
    found = _USER.fullmatch(arn)
    if found is None:
        raise PolicyError(f"{arn!r} is not the ARN of a user")
    return Caller(CallerKind.USER, arn, found["account"])


def root(account: str, partition: str = "aws") -> Caller:
    """Describe the root user of an account.

    Examples
    --------
    >>> root("111122223333").arn
    'arn:aws:iam::111122223333:root'
    """
    return Caller(CallerKind.ROOT, f"arn:{partition}:iam::{account}:root", account)


def service(name: str) -> Caller:
    """Describe an AWS service that calls in its own name.

    Examples
    --------
    >>> service("cloudtrail.amazonaws.com").has_identity_policies
    False
    """
    return Caller(CallerKind.SERVICE, name)


def federated(provider: str) -> Caller:
    """Describe somebody whom an identity provider vouches for, before any role is assumed.

    Examples
    --------
    >>> federated("arn:aws:iam::111122223333:saml-provider/Staff").account
    '111122223333'
    """
    account = provider.split(":")[4] if provider.startswith("arn:") else ""
    return Caller(CallerKind.FEDERATED, provider, account or None)


ANONYMOUS = Caller(CallerKind.ANONYMOUS)


class NameKind(Enum):
    """The kind of one entry of a Principal element."""

    EVERYONE = "everyone"
    ACCOUNT = "account"
    CANONICAL = "canonical user"
    ARN = "arn"
    SERVICE = "service"
    FEDERATED = "federated"
    ORIGIN_ACCESS = "origin access identity"
    OTHER = "other"


@dataclass(frozen=True, slots=True)
class PrincipalName:
    """One entry of a Principal or NotPrincipal element: account number, ARN or name.

    `OTHER` is a form that the model does not know: anybody may hide behind it.
    """

    kind: NameKind
    value: str = ""


def parse_principal_name(kind: str, text: str) -> PrincipalName:
    """Parse one entry of a Principal element: ``AWS``, ``Service`` and so on."""
    if kind == "AWS" and text == "*":
        return PrincipalName(NameKind.EVERYONE)
    if "*" in text or "?" in text:
        raise PolicyError(f"principal {text!r}: a wildcard can only stand alone, as AWS: '*'")
    if kind == "AWS":
        found = _ROOT.fullmatch(text)
        account = found[1] if found else text
        if _ACCOUNT.fullmatch(account):
            return PrincipalName(NameKind.ACCOUNT, account)
        if text.startswith(_ORIGIN_ACCESS):
            return PrincipalName(NameKind.ORIGIN_ACCESS, text)
        known = _IDENTITY.fullmatch(text) is not None
        return PrincipalName(NameKind.ARN if known else NameKind.OTHER, text)
    kinds = {
        "Service": NameKind.SERVICE,
        "Federated": NameKind.FEDERATED,
        "CanonicalUser": NameKind.CANONICAL,
    }
    if kind not in kinds:
        raise PolicyError(f"unknown kind of principal {kind!r}")
    return PrincipalName(kinds[kind], text)
