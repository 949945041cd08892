"""A ceiling over roles: what none of them can ever do, whatever it is granted."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import aws_cdk as cdk
from aws_cdk import aws_iam as iam
from constructs import Construct

from secure_mlops_constructs.acknowledgments import acknowledge

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

IMAGES = "ecr:BatchCheckLayerAvailability ecr:BatchGetImage ecr:GetDownloadUrlForLayer"
# No list of rights has what follows; it is refused by name as well, so that nobody can allow it
# later by making a list longer.
LEAVING = """
    ec2:AttachInternetGateway ec2:AuthorizeSecurityGroup* ec2:Create*Gateway ec2:CreateRoute
    ec2:CreateVpc* ec2:DeleteVpc* ec2:ModifyVpc* kms:PutKeyPolicy lambda:AddPermission
    lambda:Update* ram:Create* s3:DeleteBucket* s3:PutBucket* sagemaker:PutModelPackageGroupPolicy
    """
ESCALATING = """
    iam:Add* iam:Attach* iam:Create* iam:Delete* iam:Detach* iam:Put* iam:Set* iam:Update*
    """
_BECOMING = "sts:AssumeRole"
_DECRYPTING = "kms:Decrypt"
# What S3 tells KMS of whose content it is: the ARN of the object or, with a bucket key, of the
# bucket (S3 User Guide, "Using server-side encryption with AWS KMS keys", encryption context).
_OBJECT = "kms:EncryptionContext:aws:s3:arn"


@dataclass(frozen=True)
class Rights:
    """All that roles of one kind can have; each text a list of actions, by spaces.

    Parameters
    ----------
    on_resources : str
        What is done to resources: to those of this account only.
    changes : str
        What of it, and of `deletion`, changes something: to this environment's resources only.
        Wildcards keep it short; it is a Deny, so they cost nothing but must not meet an action
        of `reading`, or one that has no resource.
    reading : str
        Reading about resources, and actions that have none.
    deletion : str, optional
        What ends data, keys or records for good: the break-glass role only.
    """

    on_resources: str
    changes: str
    reading: str
    deletion: str = ""


@dataclass(frozen=True)
class Ceiling:
    """What a boundary takes from its environment.

    Parameters
    ----------
    environment_arns : tuple of str
        All that roles of this environment may change, as patterns of ARNs.
    passed_roles : mapping of str to tuple of str
        ARNs of the roles that may be passed at all, by the service that each goes to.
    taken_on : tuple of str
        ARNs of the roles that may be taken on.
    named : mapping of str to tuple of str
        By action, the ARNs of the only resources that it may be done to.
    confined : mapping of str to tuple of str
        The same as a refusal, for actions (several by spaces) that are in the list of rights and
        for patterns of ARNs.
    tagged : mapping of str to mapping of str to str
        By actions that are in the list of rights, tags that the resource must have.
    image_repositories : tuple of str
        ARNs of repositories of AWS's accounts whose images jobs run.
    break_glass_arn : str
        The one role that deletes for good; empty where none is below this boundary.
    decrypted_arns : tuple of str
        ARNs, as patterns, of a bucket of somebody else's and its objects that S3 decrypts for these
        roles, under whatever key they are.
    key_arns : tuple of str
        The environment's keys; only where something is decrypted beside them.
    also : tuple of PolicyStatement
        What is possible beside the lists, each with its resources and conditions.
    """

    environment_arns: tuple[str, ...]
    passed_roles: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    taken_on: tuple[str, ...] = ()
    named: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    confined: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    tagged: Mapping[str, Mapping[str, str]] = field(default_factory=dict)
    image_repositories: tuple[str, ...] = ()
    break_glass_arn: str = ""
    decrypted_arns: tuple[str, ...] = ()
    key_arns: tuple[str, ...] = ()
    also: tuple[iam.PolicyStatement, ...] = ()


class PermissionBoundaries(Construct):
    """Managed policies for `iam.PermissionsBoundary`, one for each kind of role.

    Parameters
    ----------
    prefix : str
        What their names begin with; they are called ``<prefix>-<kind>-boundary``.
    kinds : mapping of str to (Rights, Ceiling)
        By kind of role: all that a role below it can have, and what differs between environments.

    Notes
    -----
    A boundary grants nothing. Its Allow is the complete list of actions that any role below it can
    have, SageMaker's among them, so that an action that AWS adds tomorrow is outside. It also caps
    what a bucket's policy grants to a role's ARN (IAM User Guide, "Permissions boundaries for IAM
    entities").
    """

    def __init__(
        self,
        scope: Construct,
        construct_id: str,
        *,
        prefix: str,
        kinds: Mapping[str, tuple[Rights, Ceiling]],
    ) -> None:
        super().__init__(scope, construct_id)
        account = cdk.Stack.of(self).account
        self.policies = {
            kind: iam.ManagedPolicy(
                self,
                kind.capitalize(),
                managed_policy_name=f"{prefix}-{kind}-boundary",
                description="The most that a role below it can ever do; grants nothing",
                statements=boundary_statements(account, rights, ceiling),
            )
            for kind, (rights, ceiling) in kinds.items()
        }
        self.node.default_child = next(iter(self.policies.values())).node.default_child
        acknowledge(
            self,
            "AwsSolutions-IAM5[Resource::*]",
            reason=(
                "A boundary grants nothing; it caps the roles' own policies, which name their"
                " resources. A Deny beside it refuses changes of all but this environment's."
            ),
        )


def boundary_statements(
    account: str, rights: Rights, ceiling: Ceiling
) -> list[iam.PolicyStatement]:
    """Write a boundary.

    Parameters
    ----------
    account : str
        Whose resources may be changed.
    rights : Rights
        All that a role below it can have.
    ceiling : Ceiling
        What differs between environments.

    Returns
    -------
    list of PolicyStatement
        What is allowed at most, and what never is.
    """
    ours = {"StringEquals": {"aws:ResourceAccount": account}}
    statements = [
        _statement("OnResources", rights.on_resources, ["*"], conditions=ours),
        *([_statement("Reading", rights.reading, ["*"])] if rights.reading.split() else []),
        *(
            _statement(
                f"To{service.partition('.')[0].capitalize()}",
                "iam:PassRole",
                passed,
                conditions={"StringEquals": {"iam:PassedToService": service}},
            )
            for service, passed in ceiling.passed_roles.items()
        ),
        *(
            _statement(action.partition(":")[2], action, named, conditions=ours)
            for action, named in ceiling.named.items()
        ),
        *_not_elsewhere(rights.changes.split(), ceiling),
        _refusal("NoWayOut", LEAVING),
        *(
            iam.PolicyStatement(
                effect=iam.Effect.DENY, actions=actions.split(), not_resources=list(arns)
            )
            for actions, arns in ceiling.confined.items()
        ),
        *(
            iam.PolicyStatement(
                effect=iam.Effect.DENY,
                actions=actions.split(),
                resources=["*"],
                conditions={
                    "StringNotEquals": {
                        f"aws:ResourceTag/{key}": each for key, each in tags.items()
                    }
                },
            )
            for actions, tags in ceiling.tagged.items()
        ),
        *ceiling.also,
    ]
    if rights.deletion:
        by_break_glass = {"ArnEquals": {"aws:PrincipalArn": ceiling.break_glass_arn}}
        conditions = {**ours, **by_break_glass}
        statements.append(_statement("Deleting", rights.deletion, ["*"], conditions=conditions))
    if ceiling.image_repositories:
        statements.append(_statement("ImagesOfAws", IMAGES, ceiling.image_repositories))
    if ceiling.taken_on:
        statements += [
            _statement("Becoming", _BECOMING, ceiling.taken_on),
            _refusal("NoEscalation", ESCALATING),
        ]
    else:
        statements.append(_refusal("NoEscalation", f"{ESCALATING} {_BECOMING}"))
    return statements


def _not_elsewhere(changes: Sequence[str], ceiling: Ceiling) -> list[iam.PolicyStatement]:
    decrypted = list(ceiling.decrypted_arns)
    apart = [_DECRYPTING] if decrypted and _DECRYPTING in changes else []
    statements = [
        iam.PolicyStatement(
            sid="NotElsewhere",
            effect=iam.Effect.DENY,
            actions=[action for action in changes if action not in apart],
            not_resources=list(ceiling.environment_arns),
        )
    ]
    if apart:
        statements.append(
            iam.PolicyStatement(
                sid="NoOtherKeys",
                effect=iam.Effect.DENY,
                actions=apart,
                not_resources=list(ceiling.key_arns),
                conditions={"StringNotLike": {_OBJECT: decrypted}},
            )
        )
    return statements


def _statement(
    sid: str,
    actions: str,
    resources: Sequence[str],
    conditions: Mapping[str, object] | None = None,
) -> iam.PolicyStatement:
    return iam.PolicyStatement(
        sid=sid, actions=actions.split(), resources=list(resources), conditions=conditions
    )


def _refusal(sid: str, actions: str) -> iam.PolicyStatement:
    return iam.PolicyStatement(
        sid=sid, effect=iam.Effect.DENY, actions=actions.split(), resources=["*"]
    )
