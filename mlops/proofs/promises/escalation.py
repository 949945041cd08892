"""Promise on privileges: no role gives itself or another more."""

from __future__ import annotations

from typing import TYPE_CHECKING

from mlops.proofs.formulas import AllOf, AnyOf, Not, key, resource_like
from mlops.proofs.policy import Effect
from mlops.proofs.principals import CallerKind, NameKind
from mlops.proofs.promises.asking import any_identity, never, never_by
from mlops.proofs.promises.claims import Claim, Fact, Promise
from mlops.proofs.promises.pipeline_jobs import start_claims
from mlops.proofs.promises.reference import actions_of
from mlops.proofs.question import CallerPattern, any_session

if TYPE_CHECKING:
    from collections.abc import Iterator

    from mlops.proofs.world import Role, World

ASSUME = ("sts:AssumeRole", "sts:AssumeRoleWithSAML", "sts:AssumeRoleWithWebIdentity")
# Code that runs under another role than the one that changes it.
INDIRECTION = (
    *("lambda:CreateFunction", "lambda:UpdateFunctionCode", "lambda:UpdateFunctionConfiguration"),
    *("lambda:PublishLayerVersion", "lambda:AddPermission", "lambda:AddLayerVersionPermission"),
    *("lambda:CreateEventSourceMapping", "codebuild:CreateProject", "codebuild:UpdateProject"),
    *("codepipeline:CreatePipeline", "codepipeline:UpdatePipeline", "cloudformation:CreateStack"),
    *("cloudformation:UpdateStack", "cloudformation:CreateChangeSet"),
    *("cloudformation:ExecuteChangeSet", "cloudformation:SetStackPolicy", "glue:CreateJob"),
    *("glue:UpdateJob", "glue:CreateDevEndpoint", "glue:UpdateDevEndpoint", "ec2:RunInstances"),
    *("ec2:AssociateIamInstanceProfile", "ec2:ReplaceIamInstanceProfileAssociation"),
    *("ecs:RegisterTaskDefinition", "ecs:RunTask", "states:CreateStateMachine"),
    *("states:UpdateStateMachine", "ssm:SendCommand", "ssm:StartSession", "events:PutRule"),
    *("events:PutTargets", "scheduler:CreateSchedule", "scheduler:UpdateSchedule"),
    *("datapipeline:CreatePipeline", "datapipeline:PutPipelineDefinition"),
    *("batch:RegisterJobDefinition", "apprunner:CreateService", "apprunner:UpdateService"),
)
# Changes what a resource's own policy or the network lets through.
RESOURCE_POLICIES = (
    *("s3:PutBucketPolicy", "s3:DeleteBucketPolicy", "s3:PutBucketAcl", "s3:PutObjectAcl"),
    *("s3:PutAccessPointPolicy", "s3:PutBucketPublicAccessBlock", "kms:PutKeyPolicy"),
    *("ec2:ModifyVpcEndpoint", "ec2:CreateVpcEndpoint", "ec2:DeleteVpcEndpoints"),
    *("sqs:SetQueueAttributes", "sqs:AddPermission", "sns:SetTopicAttributes"),
    *("sns:AddPermission", "ecr:SetRepositoryPolicy", "secretsmanager:PutResourcePolicy"),
    *("ec2:AuthorizeSecurityGroupEgress", "ec2:CreateRoute", "ec2:CreateInternetGateway"),
    *("ec2:AttachInternetGateway", "ec2:CreateNatGateway"),
)
# Identities that have rights without taking on a role.
LONG_LIVED = (
    *("AWS::IAM::User", "AWS::IAM::Group", "AWS::IAM::AccessKey", "AWS::IAM::UserPolicy"),
    *("AWS::IAM::GroupPolicy", "AWS::IAM::UserToGroupAddition"),
)
_EXEMPT = {"iam:PassRole", "iam:CreateServiceLinkedRole"}


def changes_of_identities() -> list[str]:
    """List the IAM actions that change an identity or a policy."""
    return [each.name for each in actions_of("iam") if each.mutates and each.name not in _EXEMPT]


def no_escalation(world: World) -> Iterator[Claim]:
    """Claim promise 11.

    Parameters
    ----------
    world : World
        One environment.

    Yields
    ------
    Claim
        For each role: what it must not do, whom it may pass or become.
    """
    boundaries = sorted({each.boundary_arn for each in world.roles if each.boundary_arn})
    unbounded = (
        Not(key("StringEquals", "iam:PermissionsBoundary", *boundaries))
        if boundaries
        else AllOf(())
    )
    for role in world.roles:
        yield never_by(
            role,
            "change identities or their policies without a permissions boundary of ours",
            changes_of_identities(),
            unbounded,
        )
        yield never_by(role, "change code that runs under another role", INDIRECTION)
        yield never_by(
            role,
            "change a resource's policy or the network",
            RESOURCE_POLICIES,
            # A key's policy delegates to identity policies, a bucket's may deny: take neither.
            resource=(),
        )
        yield from _passing(world, role)
        yield never_by(
            role,
            "become a role that is not of these templates",
            ASSUME,
            Not(resource_like(*(each.arn for each in world.roles))),
        )
    for each in world.of_kind(*LONG_LIVED):
        yield Fact(each.where, f"no {each.kind}: people and programs take on roles", False)
    for target in world.roles:
        yield from _becoming(world, target)
    if world.roles:
        yield from start_claims(world)


def _passing(world: World, role: Role) -> Iterator[Claim]:
    meant = [
        AllOf(
            (
                resource_like(target.arn),
                key("StringEquals", "iam:PassedToService", *target.trusted_services),
            )
        )
        for target in world.roles
        if target.trusted_services and target.arn != role.arn
    ]
    yield never_by(
        role,
        "pass a role that is not of these templates, or its own, or to a service that the role "
        "does not trust",
        ["iam:PassRole"],
        Not(AnyOf(tuple(meant))),
    )


def _becoming(world: World, target: Role) -> Iterator[Claim]:
    """None of our roles becomes another one."""
    named = any(
        name.kind in {NameKind.ACCOUNT, NameKind.ARN, NameKind.EVERYONE}
        for statement in target.trust.statements
        if statement.effect is Effect.ALLOW and statement.principals
        for name in statement.principals.names
    )
    where = target.resource.where
    if not named:
        callers = [CallerPattern(CallerKind.ROLE, arn=each.arn) for each in world.roles]
        yield never(
            where,
            f"become {target.name} from another role",
            any_identity(target.trust, decides=True),
            callers,
            ASSUME,
            resource=target.arn,
        )
        return
    for source in world.roles:
        yield never(
            where,
            f"become {target.name} from {source.name}",
            source.acting((target.trust,), resource_policy_decides=True),
            [any_session(source.arn)],
            ASSUME,
            resource=target.arn,
        )


PROMISES = (
    Promise(
        11,
        "No role gives itself or another more rights: by policies, boundaries, passing or "
        "assuming roles, or code that runs under another role",
        "IAM User Guide, permissions boundaries; Service Authorization Reference",
        (
            "resource policies of other accounts are theirs",
            "the role that CloudFormation deploys all this under is guarded elsewhere",
            "a job has the rights of the role passed to it; who may pass which is listed in IAM",
        ),
        no_escalation,
        "no role is in the templates",
    ),
)
