"""Facts on receivers and roles of what AWS does by itself, for promises 11 and 14.

A rule, schedule or subscription acts without a request of ours: no policy decides.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from promises.asking import account_of
from promises.claims import Fact
from promises.world.open_properties import unnoted

if TYPE_CHECKING:
    from collections.abc import Iterator

    from promises.world import World

# Which properties of which type name the receiver of what AWS sends.
# Source: CloudFormation template reference.
_RECEIVERS = {
    "AWS::Events::Rule": ("Targets.Arn", "Targets.DeadLetterConfig.Arn"),
    "AWS::Scheduler::Schedule": ("Target.Arn", "Target.DeadLetterConfig.Arn"),
    "AWS::Pipes::Pipe": ("Source", "Target", "Enrichment"),
    "AWS::SNS::Subscription": ("Endpoint", "SubscriptionRoleArn"),
    "AWS::Logs::SubscriptionFilter": ("DestinationArn",),
    "AWS::Lambda::EventSourceMapping": ("EventSourceArn",),
    "AWS::Lambda::EventInvokeConfig": (
        "DestinationConfig.OnFailure.Destination",
        "DestinationConfig.OnSuccess.Destination",
    ),
    "AWS::S3::Bucket": (
        "NotificationConfiguration.LambdaConfigurations.Function",
        "NotificationConfiguration.QueueConfigurations.Queue",
        "NotificationConfiguration.TopicConfigurations.Topic",
    ),
    "AWS::CloudWatch::Alarm": ("AlarmActions", "OKActions", "InsufficientDataActions"),
    "AWS::CloudWatch::CompositeAlarm": ("AlarmActions", "OKActions", "InsufficientDataActions"),
    "AWS::CodeStarNotifications::NotificationRule": ("Targets.TargetAddress",),
}
# Properties that name the account, or an identity of it, that a resource is opened to.
_OPENED_TO = {
    "AWS::ServiceCatalog::PortfolioShare": ("AccountId",),
    "AWS::ServiceCatalog::PortfolioPrincipalAssociation": ("PrincipalARN",),
    "AWS::RAM::ResourceShare": ("Principals",),
    "AWS::EC2::VPCEndpointServicePermissions": ("AllowedPrincipals",),
    "AWS::Lambda::LayerVersionPermission": ("Principal",),
    "AWS::S3::Bucket": ("ReplicationConfiguration.Rules.Destination.Account",),
}
_ROLE_PROPERTIES = frozenset(
    (
        *("Role", "RoleArn", "RoleARN", "ServiceRole", "ExecutionRoleArn", "TaskRoleArn"),
        *("DeliverLogsPermissionArn", "LocalRoleName", "IamRoleArn", "ResourceAccessRole"),
        "JobRoleArn",
    )
)


def stays_in_the_account(world: World) -> Iterator[Fact]:
    """Claim that receivers of what AWS sends, and of shared resources, are of this account."""
    for each in world.resources:
        for path in _RECEIVERS.get(each.kind, ()):
            for arn in _values(each.properties, path.split(".")):
                # An address of people, or a service's own action such as `ssm:`, has no account.
                if arn.startswith("arn:"):
                    what = f"what it sends goes to this account, not to {arn}"
                    yield Fact(each.where, what, account_of(arn) in {world.account, ""})
        for path in _OPENED_TO.get(each.kind, ()):
            for named in _values(each.properties, path.split(".")):
                ours = (account_of(named) if named.startswith("arn:") else named) == world.account
                yield Fact(each.where, f"it is shared within this account, not with {named}", ours)
    for project in world.of_kind("AWS::CodeBuild::Project"):
        visible = project.properties.get("Visibility", "PRIVATE")
        yield Fact(project.where, "its builds are not public", visible == "PRIVATE")


def runs_under_our_roles(world: World) -> Iterator[Fact]:
    """Claim that functions, builds, rules and others run under roles of these templates."""
    known = {role.arn for role in world.roles} | {role.name for role in world.roles}
    for each in world.resources:
        if each.kind.startswith("AWS::IAM::"):
            continue
        for name in _roles(each.properties):
            what = f"it runs under a role of these templates, not under {name}"
            yield Fact(each.where, what, name in known)
    for product in world.of_kind("AWS::ServiceCatalog::CloudFormationProduct"):
        constraints = world.of_kind("AWS::ServiceCatalog::LaunchRoleConstraint")
        launched = {
            each.properties.get("ProductId")
            for each in constraints
            if each.properties.get("RoleArn") in known
        }
        what = "it is launched under a role of these templates, whoever launches it"
        yield Fact(product.where, what, product.ref in launched)
    for project in world.of_kind("AWS::CodeBuild::Project"):
        privileged = str(project.properties.get("Environment", {}).get("PrivilegedMode", False))
        yield Fact(project.where, "its builds do not rule their host", privileged.lower() != "true")


def _values(value: Any, path: list[str]) -> Iterator[str]:
    """Yield the texts at a path, through lists."""
    if isinstance(value, list):
        for each in value:
            yield from _values(each, path)
    elif path and isinstance(value, dict):
        if path[0] in value:
            yield from _values(value[path[0]], path[1:])
    elif not path and isinstance(value, str | int):
        yield str(value)


def _roles(value: Any) -> Iterator[str]:
    if isinstance(value, list):
        for each in value:
            yield from _roles(each)
    elif isinstance(value, dict):
        for name in value:
            inner = value[name] if name in _ROLE_PROPERTIES else unnoted(value, name)
            if name in _ROLE_PROPERTIES and isinstance(inner, str):
                yield inner
            else:
                yield from _roles(inner)
