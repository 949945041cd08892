"""Who the promises ask about, and what is outside of the model, in words for people.

`tools/security_page.py` prints these tables into `docs/security.md`.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from iam_prover.principals import NameKind


@dataclass(frozen=True)
class Callers:
    """Callers as people name them, as a policy names them, and what the model says of them."""

    who: str
    names: tuple[NameKind, ...]
    written: str
    asked: str


CALLERS: Final = (
    Callers(
        "roles and users, single sign-on and Roles Anywhere sessions among them; roots",
        (NameKind.ARN, NameKind.ACCOUNT, NameKind.CANONICAL),
        "ARN, account number, canonical user id",
        "of this account or any other; a canonical id may be any account's, so another's, too",
    ),
    Callers(
        "AWS services",
        (NameKind.SERVICE,),
        "any name, such as `logging.s3.amazonaws.com`, `states.eu-west-1.amazonaws.com`",
        "for this account where `aws:SourceAccount` or `aws:SourceArn` says so (an S3 bucket's ARN "
        "where the templates hold the bucket); for another one where they say that, or nothing; "
        "for this environment where `aws:SourceArn` is of the templates or has its name (of a key, "
        "also the bucket or log group in the encryption context), else for another one of the "
        "account: asked by promise 20 where a role is named `secure-mlops-<environment>-…`, and of "
        "templates of others not at all",
    ),
    Callers(
        "whom an identity provider vouches for",
        (NameKind.FEDERATED,),
        "OpenID Connect and SAML providers, Cognito, Google, Facebook, Amazon",
        "of a provider of another account: anybody; of a SAML provider of this account: its "
        "directory's people; of an OpenID issuer: all but those whom the trust policy's `sub` "
        "names in full or up to a whole part (`repo:ours/models:*`, not `repo:*`), who are printed "
        "with promise 14; of Cognito: all but signed-in users of a named pool",
    ),
    Callers(
        "CloudFront's origin access identities",
        (NameKind.ORIGIN_ACCESS,),
        "`arn:aws:iam::cloudfront:user/…`",
        "anybody on the internet",
    ),
    Callers(
        "anonymous callers", (NameKind.EVERYONE,), "`*`", "without any key of a signed request"
    ),
    Callers(
        "any other form: a federated user, a principal's id, another partition's ARN",
        (NameKind.OTHER,),
        "",
        "anybody may hide behind it: undecided by name",
    ),
)
# What the model does not have, and what stands for it.
OUTSIDE: Final = (
    (
        "Session policies, and an organization's, save those of `--scp` and `--rcp`",
        "nothing: they can only take rights away",
    ),
    (
        'Identities that are not in the templates, where a promise says "no role"',
        "nothing: they are guarded elsewhere",
    ),
    ("Defects of AWS", "what AWS documents"),
    (
        "AWS's managed policies",
        (
            "what a version says, which the verdict names among its assumptions; promise 10 lets "
            "it have what does nothing (retired actions, conditions that nothing meets), and says "
            "what allows more than it seems"
        ),
    ),
    (
        "Another managed policy that no template has",
        "any text: a promise that asks for it is undecided by its name",
    ),
    ("A permissions boundary that no template has, save AWS's", "no boundary"),
    ("The policy of a key without one", "AWS's default policy"),
    (
        "A nested template that is not at hand, or whose stacks are made elsewhere",
        "any text: all is undecided",
    ),
    (
        "Routes, endpoints, groups and names of an existing VPC (`network.existing_vpc`)",
        "what is assumed of them, printed with promises 2, 13, 16, 24 and 25",
    ),
    (
        "Names that go out by DNS where `network.dns_firewall` is `alert` or `off`",
        "that they may: assumed, printed with promise 25",
    ),
)
