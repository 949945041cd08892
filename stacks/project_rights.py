"""The rights of projects' roles: Service Catalog's, the starter's, the builds'."""

from __future__ import annotations

from typing import TYPE_CHECKING

from aws_cdk import aws_iam as iam

from mlops_contract import parameters
from mlops_contract.names import PROJECT_START
from secure_mlops_constructs.boundary_statements import shortest
from secure_mlops_constructs.build_rights import report_statements
from stacks import roles
from stacks.delivery_names import Arns
from stacks.delivery_rights import CODECOMMIT_KEY, COMMENTING, FOLLOWING_RUNS
from stacks.orchestration import JOB_ACTIONS, REGISTERING
from stacks.statements import allow, only, pass_role

if TYPE_CHECKING:
    from collections.abc import Sequence


# How CloudFormation, as the caller, handles each kind of resource in the template (the handlers of
# the types' schemas; CodeBuild's from its API).
MAKING = {
    "cloudwatch:alarm:{own}": """
        cloudwatch:DeleteAlarms cloudwatch:DescribeAlarms cloudwatch:ListTagsForResource
        cloudwatch:PutCompositeAlarm cloudwatch:PutMetricAlarm cloudwatch:TagResource
        cloudwatch:UntagResource
        """,
    "codebuild:project/{own}": """
        codebuild:BatchGetProjects codebuild:CreateProject codebuild:DeleteProject
        codebuild:UpdateProject
        """,
    "codebuild:report-group/{own}": """
        codebuild:BatchGetReportGroups codebuild:CreateReportGroup codebuild:DeleteReportGroup
        codebuild:UpdateReportGroup
        """,
    "codecommit:{own}": """
        codecommit:CreateCommit codecommit:CreateRepository codecommit:DeleteRepository
        codecommit:GetRepository codecommit:GetRepositoryTriggers codecommit:ListTagsForResource
        codecommit:TagResource codecommit:UntagResource codecommit:UpdateRepositoryDescription
        """,
    "events:rule/{own}": """
        events:DeleteRule events:DescribeRule events:ListTagsForResource events:ListTargetsByRule
        events:PutRule events:PutTargets events:RemoveTargets events:TagResource
        events:UntagResource
        """,
    "sagemaker:model-package-group/{own}": """
        sagemaker:AddTags sagemaker:CreateModelPackageGroup sagemaker:DeleteModelPackageGroup
        sagemaker:DeleteTags sagemaker:DescribeModelPackageGroup
        sagemaker:GetModelPackageGroupPolicy sagemaker:ListTags
        """,
    "sagemaker:pipeline/{own}": """
        sagemaker:AddTags sagemaker:CreatePipeline sagemaker:DeletePipeline sagemaker:DeleteTags
        sagemaker:DescribePipeline sagemaker:ListTags sagemaker:UpdatePipeline
        """,
}
REPORTS = "codebuild:report-group/{own}"
REPOSITORY = "codecommit:{own}"
# How Service Catalog handles a stack of its own, as the launch role (Administrator Guide, "Service
# Catalog Launch Constraints").
PROVISIONING = (
    *("cloudformation:CreateStack", "cloudformation:DeleteStack"),
    *("cloudformation:DescribeStackEvents", "cloudformation:DescribeStacks"),
    *("cloudformation:SetStackPolicy", "cloudformation:UpdateStack"),
)
LOOKING = (
    *("cloudformation:GetTemplateSummary", "cloudformation:ValidateTemplate"),
    "codecommit:ListRepositories",
)
# Service Catalog gives it to what it keeps for a launch, and `mlops package-template` to archives
# that repositories begin with.
PROVISIONED = {"s3:ExistingObjectTag/servicecatalog:provisioning": "true"}
# What the template looks up among the parameters that the environment publishes.
PUBLISHED = (
    *map(parameters.key, ("artifacts", "data", "delivery", "models", "volumes")),
    *(parameters.BUILD_GROUP, parameters.JOB_GROUP, parameters.SUBNETS, parameters.VPC),
)
# What builds of projects do with the pipelines of their project.
BRINGING = ("sagemaker:AddTags", "sagemaker:CreatePipeline", "sagemaker:UpdatePipeline")


class ProjectArns(Arns):
    """ARN patterns of projects' own resources."""

    @property
    def own(self) -> str:
        """Pattern of all names, ``secure-mlops-<environment>-p-*``."""
        return f"{self.names.prefix}-{PROJECT_START}*"

    def made(self, kind: str) -> str:
        """Return the ARNs of one of the kinds in `MAKING`."""
        service, _, rest = kind.partition(":")
        return self.arn(service, rest.format(own=self.own))

    @property
    def repositories(self) -> str:
        """ARNs of the repositories."""
        return self.made(REPOSITORY)

    @property
    def builds(self) -> str:
        """ARNs of the CodeBuild projects."""
        return self.made("codebuild:project/{own}")

    @property
    def rules(self) -> str:
        """ARNs of the rules that start builds."""
        return self.made("events:rule/{own}")

    @property
    def pipelines(self) -> str:
        """ARNs of the SageMaker pipelines."""
        return self.made("sagemaker:pipeline/{own}")

    @property
    def packages(self) -> str:
        """ARNs of the versions of models."""
        return self.arn("sagemaker", f"model-package/{self.own}/*")

    @property
    def stacks(self) -> str:
        """ARNs of the stacks that Service Catalog makes and names."""
        return self.arn("cloudformation", f"stack/SC-{self.stack.account}-*")

    @property
    def parameters(self) -> tuple[str, ...]:
        """ARNs of the SSM parameters that the template looks up."""
        paths = map(self.names.parameter, PUBLISHED)
        return tuple(self.arn("ssm", f"parameter{path}") for path in paths)


def launch_statements(arns: ProjectArns, key: str) -> list[iam.PolicyStatement]:
    """Write the rights to start, change and end a project, which passes fixed roles only."""
    passed = {
        "codebuild.amazonaws.com": roles.PROJECT_BUILDS,
        "events.amazonaws.com": (roles.PROJECT_STARTER,),
        "sagemaker.amazonaws.com": (roles.PROJECT_ORCHESTRATION,),
    }
    making = [action for actions in MAKING.values() for action in actions.split()]
    read = allow("Seeds", ("s3:GetObject", "s3:GetObjectVersion"), "*")
    read.add_conditions({"StringEquals": PROVISIONED})
    return [
        allow("Make", sorted({*making, *PROVISIONING, *LOOKING}), "*"),
        *(
            pass_role(f"To{service.partition('.')[0].title()}", service, *arns.roles(*names))
            for service, names in passed.items()
        ),
        read,
        allow("Parameters", ["ssm:GetParameters"], *arns.parameters),
        allow("RepositoryKey", CODECOMMIT_KEY, key),
        # Last: cdk-nag reads on from a whole service that is refused to what is allowed behind it.
        *(
            iam.PolicyStatement(
                effect=iam.Effect.DENY, actions=actions, not_resources=list(patterns)
            )
            for patterns, actions in _confined(arns).items()
        ),
    ]


def _confined(arns: ProjectArns) -> dict[tuple[str, ...], list[str]]:
    """Put the actions of a service together, in few words."""
    patterns: dict[str, list[str]] = {}
    actions: dict[str, list[str]] = {}
    for kind, made in MAKING.items():
        service = kind.partition(":")[0]
        patterns.setdefault(service, []).append(arns.made(kind))
        actions.setdefault(service, []).extend(made.split())
    allowed = [*LOOKING, *PROVISIONING, *(each for some in actions.values() for each in some)]
    return {
        **{tuple(made): shortest(actions[service], allowed) for service, made in patterns.items()},
        (arns.stacks,): shortest(PROVISIONING, allowed),
    }


def model_statements(arns: ProjectArns) -> list[iam.PolicyStatement]:
    """Write the rights of projects' pipelines to register models.

    Jobs and models get tags, too, which a Deny on all but versions would refuse.
    """
    tagged = "sagemaker:AddTags"
    started = [arns.arn("sagemaker", jobs) for jobs in JOB_ACTIONS]
    return [
        *only("RegisterModels", [each for each in REGISTERING if each != tagged], arns.packages),
        *only("TagModels", [tagged], arns.packages, *started),
    ]


def starter_statements(arns: ProjectArns) -> list[iam.PolicyStatement]:
    """Write the rights of projects' rules to start builds."""
    return only("StartBuilds", ["codebuild:StartBuild"], arns.builds)


def train_statements(
    arns: ProjectArns, repository_key: str, file_keys: Sequence[str]
) -> list[iam.PolicyStatement]:
    """Write the rights to update a project's pipelines from its repository, and to train."""
    give = pass_role(
        "GivePipelinesTheirRole",
        "sagemaker.amazonaws.com",
        *arns.roles(roles.PROJECT_ORCHESTRATION),
    )
    return [
        *_cloning(arns, repository_key),
        *_reporting(arns),
        *only("Train", (*BRINGING, *FOLLOWING_RUNS), arns.pipelines),
        give,
        *only("SeeModels", ["sagemaker:DescribeModelPackage"], arns.packages),
        allow("Parameters", ["ssm:GetParameters"], *arns.parameters),
        allow(
            "UseKeysOfFiles", ("kms:Decrypt", "kms:DescribeKey", "kms:GenerateDataKey"), *file_keys
        ),
    ]


def review_statements(arns: ProjectArns, repository_key: str) -> list[iam.PolicyStatement]:
    """Write the rights to review a pull request of a project."""
    return [
        *_reporting(arns),
        *only("ReviewPullRequests", COMMENTING, arns.repositories),
        allow("UseKeyOfRepositories", CODECOMMIT_KEY, repository_key),
    ]


def _cloning(arns: ProjectArns, key: str) -> list[iam.PolicyStatement]:
    return [
        *only("Clone", ["codecommit:GitPull"], arns.repositories),
        allow("ReadRepositories", ("kms:Decrypt", "kms:DescribeKey"), key),
    ]


def _reporting(arns: ProjectArns) -> list[iam.PolicyStatement]:
    actions = [each for row in report_statements("*") for each in row.actions]
    return only("LeaveReports", actions, arns.made(REPORTS))
