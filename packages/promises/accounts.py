"""Promise on other accounts: nobody there has access."""

from __future__ import annotations

from typing import TYPE_CHECKING

from iam_prover.formulas import Not, key, resource_like
from iam_prover.principals import service
from iam_prover.question import CallerPattern
from iam_prover.reference import names
from iam_prover.request import Request
from promises.asking import SERVICES, any_identity, lacks, never, outsiders, strangers
from promises.buckets import bucket_actions
from promises.claims import Allowed, Claim, Fact, Promise
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
_PREFIXES = {"apigateway": "execute-api", "efs": "elasticfilesystem"}


def no_other_account(world: World) -> Iterator[Claim]:
    """Claim promise 14."""
    ours = {"aws:ResourceAccount": (world.account,)}
    for bucket in world.buckets:
        where = bucket.resource.where
        inside = resource_like(bucket.arn, f"{bucket.arn}/*")
        policies = any_identity(*bucket.policies)
        what = "reach the bucket or its objects from another account"
        yield never(where, what, policies, outsiders(world), bucket_actions(), inside, context=ours)
        yield never(
            where,
            "reach the bucket or its objects as a service that works for another account",
            policies,
            [SERVICES],
            bucket_actions(),
            inside,
            lacks("aws:SourceAccount", world.account),
        )
    for subject in world.keys:
        yield never(
            subject.resource.where,
            "use or administer the key from another account",
            any_identity(subject.policy, decides=True),
            outsiders(world),
            names("kms", "key"),
            resource=subject.arn,
            context=ours,
        )
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
    context = {"aws:ResourceAccount": (world.account,)}
    yield never(
        resource.where,
        f"use the {prefix} resource from another account",
        any_identity(policy),
        outsiders(world),
        actions,
        context=context,
    )
    yield never(
        resource.where,
        f"use the {prefix} resource as a service that works for another account",
        any_identity(policy),
        [SERVICES],
        actions,
        lacks("aws:SourceAccount", world.account),
        Not(key("ArnLike", "aws:SourceArn", f"arn:aws:*:*:{world.account}:*")),
        context=context,
    )


def _of_role(world: World, role: Role) -> Iterator[Claim]:
    where, policies = role.resource.where, any_identity(role.trust, decides=True)
    yield never(
        where,
        f"become {role.name} from another account",
        policies,
        strangers(world),
        ASSUME,
        resource=role.arn,
        context={"aws:ResourceAccount": (world.account,)},
    )
    yield never(
        where,
        f"become {role.name} as a service that works for another account",
        policies,
        [CallerPattern(SERVICES.kind, except_arns=_WITHOUT_SOURCE_ACCOUNT)],
        ASSUME,
        lacks("aws:SourceAccount", world.account),
        # A source's ARN names its account too.
        key("Null", "aws:SourceArn", "true"),
        resource=role.arn,
    )
    for name in role.trusted_services:
        source = {"aws:SourceAccount": (world.account,)}
        request = Request(service(name), "sts:AssumeRole", role.arn, source)
        yield Allowed(where, f"{name} becomes {role.name} for this account", ((request, policies),))


def _of_permission(world: World, permission: Resource) -> Fact:
    """Let a service call a function for named sources of this account only."""
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
            "the one role of an environment named for promotion is promise 19's",
        ),
        no_other_account,
        "nothing in the templates has a resource policy",
    ),
)
