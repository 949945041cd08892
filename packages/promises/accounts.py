"""Promise on other accounts: nobody there has access."""

from __future__ import annotations

from typing import TYPE_CHECKING

from iam_prover.formulas import Not, key
from iam_prover.principals import service
from iam_prover.question import CallerPattern
from iam_prover.reference import names
from iam_prover.request import Request
from promises.asking import (
    SERVICES,
    Subject,
    any_identity,
    can,
    inside,
    lacks,
    outsiders,
    owned,
    strangers,
)
from promises.buckets import bucket_actions
from promises.claims import Claim, Fact, Promise
from promises.indirection import ASSUME
from promises.pipeline_jobs import data_claims
from promises.sending import stays_in_the_account

if TYPE_CHECKING:
    from collections.abc import Iterator

    from iam_prover.policy import Policy
    from promises.world import Resource, Role, World

# Services that assume a role without naming the account they work for; the role reaches them
# through iam:PassRole of its own account only.
_WITHOUT_SOURCE_ACCOUNT = ("lambda.amazonaws.com", "ec2.amazonaws.com")
# Services whose actions have another prefix than their types of resources.
_PREFIXES = {
    "apigateway": "execute-api",
    "efs": "elasticfilesystem",
    "opensearchservice": "es",
}


def no_other_account(world: World) -> Iterator[Claim]:
    """Claim promise 14."""
    foreign = lacks("aws:SourceAccount", world.account)
    for bucket in world.buckets:
        where, policies = bucket.resource.where, any_identity(*bucket.policies)
        what, subject = "reach the bucket or its objects", Subject(where, policies, owned(world))
        outside = f"{what} from another account"
        yield subject.never(outside, outsiders(world), bucket_actions(), inside(bucket))
        what = f"{what} as a service that works for another account"
        subject = Subject(where, policies)
        yield subject.never(what, [SERVICES], bucket_actions(), inside(bucket), foreign)
    for each in world.keys:
        policies = any_identity(each.policy, decides=True)
        subject = Subject(each.resource.where, policies, owned(world), each.arn)
        what = "use or administer the key from another account"
        yield subject.never(what, outsiders(world), names("kms", "key"))
    for resource, policy in world.other_policies:
        yield from _of_resource(world, resource, policy)
    for role in world.roles:
        yield from _of_role(world, role)
    for permission in world.of_kind("AWS::Lambda::Permission"):
        yield _of_permission(world, permission)
    for url in world.of_kind("AWS::Lambda::Url"):
        signed = url.properties.get("AuthType") == "AWS_IAM"
        yield Fact(url.where, "the function's address takes signed requests only", signed)
    yield from stays_in_the_account(world)
    yield from data_claims(world)


def _of_resource(world: World, resource: Resource, policy: Policy) -> Iterator[Claim]:
    prefix = _PREFIXES.get(resource.service, resource.service)
    actions = names(prefix)
    yield Fact(resource.where, f"the reference knows the actions of {prefix}", bool(actions))
    subject = Subject(resource.where, any_identity(policy), owned(world))
    yield subject.never(
        f"use the {prefix} resource from another account", outsiders(world), actions
    )
    yield subject.never(
        f"use the {prefix} resource as a service that works for another account",
        [SERVICES],
        actions,
        lacks("aws:SourceAccount", world.account),
        Not(key("ArnLike", "aws:SourceArn", f"arn:aws:*:*:{world.account}:*")),
    )


def _of_role(world: World, role: Role) -> Iterator[Claim]:
    where, policies = role.resource.where, any_identity(role.trust, decides=True)
    subject = Subject(where, policies, owned(world), role.arn)
    yield subject.never(f"become {role.name} from another account", strangers(world), ASSUME)
    yield Subject(where, policies, resource=role.arn).never(
        f"become {role.name} as a service that works for another account",
        [CallerPattern(SERVICES.kind, except_arns=_WITHOUT_SOURCE_ACCOUNT)],
        ASSUME,
        lacks("aws:SourceAccount", world.account),
        # A source's ARN names its account too.
        key("Null", "aws:SourceArn", "true"),
    )
    for name in role.trusted_services:
        source = {"aws:SourceAccount": (world.account,)}
        request = Request(service(name), "sts:AssumeRole", role.arn, source)
        yield can(where, f"{name} becomes {role.name} for this account", request, policies)


def _of_permission(world: World, permission: Resource) -> Fact:
    properties = permission.properties
    principal = str(properties.get("Principal", ""))
    source_arn = str(properties.get("SourceArn", ""))
    owner = str(properties.get("SourceAccount") or source_arn.split(":")[4:5])
    named = world.account in owner or world.account in principal
    return Fact(
        permission.where,
        f"only this account's {principal or 'callers'} call the function",
        named and principal != "*",
    )


PROMISES = (
    Promise(
        14,
        "No other account has access to anything",
        "IAM User Guide, cross-account policy evaluation, the confused deputy problem",
        (
            "callers may have any identity policy whatever",
            "Lambda and EC2 assume only roles that were passed to them in this account",
            "people whose e-mail addresses topics and budgets name are meant",
            "the one role of an environment named for promotion is promise 19's",
        ),
        no_other_account,
        "nothing in the templates has a resource policy",
    ),
)
