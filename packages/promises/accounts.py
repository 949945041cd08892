"""Promise on other accounts: nobody there has access."""

from __future__ import annotations

from typing import TYPE_CHECKING

from iam_prover.principals import CallerKind, service
from iam_prover.question import CallerPattern
from iam_prover.reference import names
from iam_prover.request import Request
from promises.asking import (
    SERVICES,
    Subject,
    account_of,
    any_identity,
    but,
    for_another_account,
    inside,
    outsiders,
    owned,
    senders,
    strangers,
)
from promises.buckets import bucket_actions
from promises.claims import Allowed, Claim, Fact, Promise
from promises.federation import by_providers, let_in_by_providers
from promises.indirection import ASSUME
from promises.keys import own_log_groups
from promises.pipeline_jobs import data_claims
from promises.sending import stays_in_the_account

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from iam_prover.policy import Policy
    from promises.world import Resource, Role, World

# Services that assume a role without naming the account they work for; the role reaches them
# through iam:PassRole of its own account only.
_WITHOUT_SOURCE_ACCOUNT = ("lambda.amazonaws.com", "ec2.amazonaws.com", "redshift.amazonaws.com")
# EventBridge asks which key it is, and of which kind, before it uses one, and nothing says for whom
# (User Guide, "Authorizing EventBridge to use a customer managed key").
DESCRIBE_KEY, DESCRIBED_FOR_ANYBODY = "kms:DescribeKey", ("events.amazonaws.com",)
# Services whose actions have another prefix than their types of resources.
_ACCOUNT_IN_ARN = 4
_PREFIXES = {
    "apigateway": "execute-api",
    "efs": "elasticfilesystem",
    "opensearchservice": "es",
}


def no_other_account(world: World) -> Iterator[Claim]:
    """Claim promise 14."""
    for bucket in world.buckets:
        foreign = for_another_account(world, *bucket.policies)
        where, policies = bucket.resource.where, any_identity(*bucket.policies)
        what, subject = "reach the bucket or its objects", Subject(where, policies, owned(world))
        others = but(outsiders(world), senders(world, bucket))
        yield subject.never(
            f"{what} from another account", others, bucket_actions(), inside(bucket)
        )
        what = f"{what} as a service that works for another account"
        yield subject.never(what, [SERVICES], bucket_actions(), inside(bucket), foreign)
    for each in world.keys:
        policies = any_identity(each.policy, decides=True)
        subject = Subject(each.resource.where, policies, owned(world), each.arn)
        what = "use or administer the key from another account"
        encrypted = [bucket for bucket in world.buckets if bucket.key_arn == each.arn]
        others = but(outsiders(world), senders(world, *encrypted))
        yield subject.never(what, others, names("kms", "key"))
        what = "use or administer the key as a service that works for another account"
        beyond = own_log_groups(world, each.policy)
        actions = [action for action in names("kms", "key") if action != DESCRIBE_KEY]
        foreign = for_another_account(world, each.policy)
        yield subject.never(what, [SERVICES], actions, foreign, *beyond)
        what = "describe the key as a service that works for another account"
        services = [CallerPattern(SERVICES.kind, except_arns=DESCRIBED_FOR_ANYBODY)]
        yield subject.never(what, services, [DESCRIBE_KEY], foreign, *beyond)
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


def prefix_of_actions(resource: Resource) -> str:
    """Return what the actions on a resource begin with, ``sqs`` or ``elasticfilesystem``."""
    return _PREFIXES.get(resource.service, resource.service)


def _of_resource(world: World, resource: Resource, policy: Policy) -> Iterator[Claim]:
    service_prefix = prefix_of_actions(resource)
    actions = names(service_prefix)
    known = f"the reference knows the actions of {service_prefix}"
    yield Fact(resource.where, known, bool(actions))
    subject = Subject(resource.where, any_identity(policy), owned(world))
    yield subject.never(
        f"use the {service_prefix} resource from another account", outsiders(world), actions
    )
    yield subject.never(
        f"use the {service_prefix} resource as a service that works for another account",
        [SERVICES],
        actions,
        for_another_account(world, policy),
    )


def _of_role(world: World, role: Role) -> Iterator[Claim]:
    where, policies = role.resource.where, any_identity(role.trust, decides=True)
    subject = Subject(where, policies, owned(world), role.arn)
    callers = [each for each in strangers(world) if each.kind is not CallerKind.FEDERATED]
    yield subject.never(f"become {role.name} from another account", callers, ASSUME)
    yield from by_providers(world, role, subject)
    yield subject.never(
        f"become {role.name} as a service that works for another account",
        [CallerPattern(SERVICES.kind, except_arns=_WITHOUT_SOURCE_ACCOUNT)],
        ASSUME,
        for_another_account(world, role.trust),
    )
    for name in role.trusted_services:
        yield Allowed(
            where,
            f"{name} becomes {role.name} for this account",
            tuple(
                (Request(service(name), "sts:AssumeRole", role.arn, source), policies)
                for source in _sources(world, role)
            ),
        )


def _sources(world: World, role: Role) -> Iterator[Mapping[str, tuple[str, ...]]]:
    """Yield what AWS may say of the source in this account, with ARNs as the trust policy asks."""
    account = {"aws:SourceAccount": (world.account,)}
    yield account
    for statement in role.trust.statements:
        for condition in statement.conditions:
            if condition.key.lower() == "aws:sourcearn":
                for value in condition.values:
                    parts = value.text.split(":", _ACCOUNT_IN_ARN + 1)
                    parts[_ACCOUNT_IN_ARN:-1] = [world.account]
                    arn = ":".join(parts).replace("*", "example")
                    yield {**account, "aws:SourceArn": (arn,)}
            if condition.key.lower() == "sts:externalid":
                yield from ({condition.key: (value.text,)} for value in condition.values)


def _of_permission(world: World, permission: Resource) -> Fact:
    properties = permission.properties
    principal = str(properties.get("Principal", ""))
    source_arn = str(properties.get("SourceArn", ""))
    buckets = {each.arn for each in world.buckets}
    owner = account_of(principal) if principal.startswith("arn:") else principal
    if not principal.startswith("arn:") and "." in principal:  # a service
        owner = str(properties.get("SourceAccount") or account_of(source_arn))
        owner = world.account if source_arn in buckets and not owner else owner
    return Fact(
        permission.where,
        f"only this account's {principal or 'callers'} call the function",
        owner == world.account,
    )


PROMISES = (
    Promise(
        14,
        "No other account has access to anything",
        "IAM User Guide, cross-account policy evaluation, the confused deputy problem",
        (
            "callers may have any identity policy whatever",
            "an identity provider of the account vouches for whom the account wants it to",
            "EventBridge may describe a key (kms:DescribeKey: its ARN and kind), for anybody",
            "an ARN in aws:SourceArn with this account's number is of this account, also alone",
            "Lambda, EC2 and Redshift assume only roles that were passed to them in this account",
            "people whose e-mail addresses topics and budgets name are meant",
            "the one role of an environment named for promotion is promise 19's",
            "who sends data is promise 23's",
        ),
        no_other_account,
        "nothing in the templates has a resource policy",
        let_in_by_providers,
        enforced_by=(
            "resource policies, trust policies, Lambda permissions; receivers of rules, "
            "schedules, subscriptions and all else that sends (for which environment of the "
            "account a service works, promise 20 asks)"
        ),
    ),
)
