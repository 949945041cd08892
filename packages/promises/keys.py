"""Promise on the use of keys."""

from __future__ import annotations

from typing import TYPE_CHECKING

from iam_prover.formulas import Not, key
from iam_prover.policy import Effect
from iam_prover.principals import NameKind, root
from iam_prover.question import anyone
from iam_prover.reference import names
from iam_prover.request import Request
from mlops_contract.metadata import OUTSIDE_USERS
from promises.asking import (
    SERVICES,
    Subject,
    account_and_strangers,
    any_identity,
    can,
    for_another_account,
    never_by,
    outside,
    owned,
)
from promises.claims import Claim, Fact, Promise
from promises.pipeline_jobs import key_claims

if TYPE_CHECKING:
    from collections.abc import Iterator

    from iam_prover.policy import Policy
    from promises.world import Key, World

CRYPTOGRAPHY = (
    *("kms:Decrypt", "kms:Encrypt", "kms:Decapsulate", "kms:Encapsulate"),
    *("kms:GenerateDataKey", "kms:GenerateDataKeyPair"),
    *("kms:GenerateDataKeyPairWithoutPlaintext", "kms:GenerateDataKeyWithoutPlaintext"),
    *("kms:ReEncryptFrom", "kms:ReEncryptTo", "kms:Sign", "kms:GenerateMac"),
    *("kms:DeriveSharedSecret", "kms:CreateGrant", "kms:Verify", "kms:VerifyMac"),
)
# What the account as a whole may do, by identity policies: neither use a key, nor change what it
# encrypts with.
ADMINISTRATION = (
    *("kms:CancelKeyDeletion", "kms:CreateAlias", "kms:DeleteAlias", "kms:DescribeKey"),
    *("kms:EnableKey", "kms:GetKeyLastUsage", "kms:GetKeyPolicy", "kms:GetKeyRotationStatus"),
    *("kms:GetParametersForImport", "kms:GetPublicKey", "kms:ListGrants", "kms:ListKeyPolicies"),
    *("kms:ListKeyRotations", "kms:ListResourceTags", "kms:PutKeyPolicy", "kms:RetireGrant"),
    *("kms:RevokeGrant", "kms:TagResource", "kms:UntagResource", "kms:UpdateAlias"),
    "kms:UpdateKeyDescription",
)
# Services that store something of ours under a key (KMS Developer Guide, kms:ViaService).
SERVICES_OF_OURS = (
    *("s3", "sagemaker", "ec2", "lambda", "sqs", "sns", "logs", "ecr", "ssm", "secretsmanager"),
    *("codebuild", "codeartifact", "codecommit", "codepipeline", "dynamodb", "elasticfilesystem"),
    *("events", "scheduler", "glue", "athena", "cloudtrail"),
)
_LOG_GROUP = "kms:encryptioncontext:aws:logs:arn"
_PRINCIPAL = "aws:PrincipalArn"
_CALLER_ACCOUNT = "kms:CallerAccount"
_NOT_FOR_AWS = Not(key("Bool", "kms:GrantIsForAWSResource", "true"))


def keys_for_their_users(world: World) -> Iterator[Claim]:
    """Claim promise 12."""
    for each in world.keys:
        yield from _of(world, each)
    for role in world.roles if world.keys else ():
        yield never_by(
            role,
            "make a grant on a key that is not for a resource which AWS runs",
            ["kms:CreateGrant"],
            _NOT_FOR_AWS,
        )
    if world.keys:
        yield from key_claims(world)


def _of(world: World, each: Key) -> Iterator[Claim]:
    where, policies = each.resource.where, any_identity(each.policy, decides=True)
    subject = Subject(where, policies, owned(world), each.arn)
    here = [f"{name}.{world.region}.amazonaws.com" for name in SERVICES_OF_OURS]
    elsewhere = Not(key("StringEquals", "kms:ViaService", *here))
    what = "use the key other than through a service that we use, in this region"
    yield subject.never(what, anyone(account=world.account), CRYPTOGRAPHY, elsewhere)
    users = users_of(each.policy)
    known = {role.arn for role in world.roles} | {*each.resource.record(OUTSIDE_USERS)}
    if world.promotes_to is not None:
        known.add(world.promotes_to.role)  # what for is promise 19's
    foreign = sorted(arn for arn in users if arn not in known and not deploys(arn, world))
    yield Fact(
        where,
        "every user of the key is a role of these templates, or declared on it"
        f" (not {', '.join(foreign) or '-'})",
        not foreign,
    )
    others = [Not(key("StringEquals", _PRINCIPAL, *sorted(users)))] if users else []
    # A policy of others may name the account as a whole, as those of AWS managed keys do.
    of_the_account = [Not(key("StringEquals", _CALLER_ACCOUNT, world.account))]
    whole = of_the_account if world.alone and _is_named(_CALLER_ACCOUNT, each.policy) else []
    what = "use the key, or change what it encrypts with, as anybody whom its policy does not name"
    everyone = account_and_strangers(world)
    beyond_administration = [name for name in names("kms", "key") if name not in ADMINISTRATION]
    yield subject.never(what, everyone, beyond_administration, *others, *whole)
    beyond = [*own_log_groups(world, each.policy), *whole]
    what = "use the key as a service that works for another account"
    of_others = for_another_account(world, each.policy)
    yield subject.never(what, [SERVICES], CRYPTOGRAPHY, of_others, *beyond)
    what = "let the key make a grant that is not for a resource which AWS runs"
    yield subject.never(what, everyone, ["kms:CreateGrant"], _NOT_FOR_AWS)
    # Somebody administers it: else nobody could ever change it.
    request = Request(root(world.account), "kms:DescribeKey", each.arn)
    yield can(where, "the account administers its key", request, policies)


def own_log_groups(world: World, policy: Policy) -> list[Not]:
    """Match what is not about our log groups."""
    ours = f"arn:aws:logs:{world.region}:{world.account}:"
    return outside(policy, _LOG_GROUP, lambda arn: arn.startswith(ours))


def _is_named(name: str, policy: Policy) -> bool:
    return any(
        condition.key.lower() == name.lower()
        for statement in policy.statements
        if statement.effect is Effect.ALLOW
        for condition in statement.conditions
    )


def users_of(policy: Policy) -> set[str]:
    """Collect whom a key's policy names, as principals or by their ARNs."""
    users: set[str] = set()
    for statement in policy.statements:
        if statement.effect is not Effect.ALLOW or statement.principals is None:
            continue
        users |= {name.value for name in statement.principals.names if name.kind is NameKind.ARN}
        for condition in statement.conditions:
            if condition.key.lower() == _PRINCIPAL.lower():
                users |= {value.text for value in condition.values}
    return users


def deploys(arn: str, world: World) -> bool:
    """Check whether a role is the one that CloudFormation deploys under, of the CDK's bootstrap."""
    prefix = f"arn:aws:iam::{world.account}:role/cdk-"
    return arn.startswith(prefix) and "-cfn-exec-role-" in arn and "*" not in arn


PROMISES = (
    Promise(
        12,
        "A key is used by the principals that its policy names only, through a service, from "
        "this account",
        "KMS Developer Guide, key policies, kms:ViaService, grants",
        (
            "callers may have any identity policy whatever",
            "grants that exist today were made under these policies",
        ),
        keys_for_their_users,
        "no key is in the templates",
        enforced_by=(
            "key policies; users that no template has are declared on the key, from the "
            "settings; grants only for what AWS runs"
        ),
    ),
)
