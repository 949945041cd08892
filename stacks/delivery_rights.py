"""The rights of each role of a delivery, beyond those of every build."""

from __future__ import annotations

from typing import TYPE_CHECKING

from stacks import buckets, keys, model_archives, roles
from stacks.promotion_rights import promotion_statements
from stacks.statements import allow

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from aws_cdk import aws_iam as iam

    from environments.settings import EnvironmentSettings
    from pipeline_definitions.model_project import ModelProjects
    from stacks.delivery_names import DeliveryNames

# What a source action of CodePipeline does (CodePipeline User Guide, "CodeCommit source action").
SOURCE_OF_CODECOMMIT = (
    *("codecommit:CancelUploadArchive", "codecommit:GetBranch", "codecommit:GetCommit"),
    *("codecommit:GetRepository", "codecommit:GetUploadArchiveStatus", "codecommit:UploadArchive"),
)
COMMENTING = (
    *("codecommit:GetCommentsForPullRequest", "codecommit:GetPullRequest", "codecommit:GitPull"),
    *("codecommit:PostCommentForPullRequest", "codecommit:UpdateComment"),
    "codecommit:DeleteCommentContent",  # to CodeCommit, another session of a role is somebody else
)
FOLLOWING_RUNS = (
    *("sagemaker:DescribePipeline", "sagemaker:DescribePipelineExecution"),
    *("sagemaker:ListPipelineExecutionSteps", "sagemaker:StartPipelineExecution"),
)
CODECOMMIT_KEY = (
    *("kms:Decrypt", "kms:DescribeKey", "kms:Encrypt", "kms:GenerateDataKey"),
    *("kms:GenerateDataKeyWithoutPlaintext", "kms:ReEncryptFrom", "kms:ReEncryptTo"),
)


def delivery_rights(
    names: DeliveryNames,
    *,
    delivered: Sequence[EnvironmentSettings],
    key_arns: Mapping[str, str],
    projects: ModelProjects,
    groups: Sequence[str],
) -> dict[str, list[iam.PolicyStatement]]:
    """Write the rights by role; a role that is missing needs nothing more."""
    delivery = names.settings.delivery
    assert delivery is not None  # noqa: S101 - only an environment with a delivery has its roles
    key = key_arns[buckets.DELIVERY]
    arn = delivery.connection_arn
    source = _source(names, key) if arn is None else _connection(arn)
    return {
        roles.DELIVERY_PIPELINE: [*source, *_running(names), *_artifacts(names, key)],
        roles.DELIVERY_STARTER: _starting(names, reviews=arn is None),
        roles.PUSH_FILTER: _filtering(names, key),
        **{roles.deploying_build(each.name): [_deploying(names, each)] for each in delivered},
        roles.BUILD_TRAIN: _training(names, projects.trained(), groups),
        roles.BUILD_INFERENCE: [
            *promotion_statements(names.stack, projects, key_arns[keys.NOTIFICATIONS]),
            *model_archives.statements(names.settings, key_arns),
        ],
        roles.BUILD_SMOKE: _smoke(names.smoke_pipeline_arns(projects)),
        roles.BUILD_REVIEW: [
            _comparing(names),
            *(_review(names, key) if arn is None else ()),
        ],
    }


def _source(names: DeliveryNames, key: str) -> list[iam.PolicyStatement]:
    return [
        allow("ReadChanges", SOURCE_OF_CODECOMMIT, names.repository_arn),
        allow("UseKeyOfTheRepository", CODECOMMIT_KEY, key),
    ]


def _connection(arn: str) -> list[iam.PolicyStatement]:
    # Connections made before the service's new name have the old one in their ARN.
    service = arn.split(":")[2]
    return [allow("ReadChanges", [f"{service}:UseConnection"], arn)]


def _running(names: DeliveryNames) -> list[iam.PolicyStatement]:
    actions = ("codebuild:BatchGetBuilds", "codebuild:StartBuild")
    return [allow("RunBuilds", actions, *names.project_arns())]


def _artifacts(names: DeliveryNames, key: str) -> list[iam.PolicyStatement]:
    bucket = f"arn:{names.stack.partition}:s3:::{names.names.delivery_bucket}"
    return [
        allow("UseKey", ("kms:Decrypt", "kms:DescribeKey", "kms:GenerateDataKey"), key),
        # What it does with objects stands in the bucket's policy.
        allow("SeeVersioning", ["s3:GetBucketVersioning"], bucket),
    ]


def _starting(names: DeliveryNames, *, reviews: bool) -> list[iam.PolicyStatement]:
    promotion = names.inference_pipeline_arn
    review = names.project_arn(roles.BUILD_REVIEW)
    return [
        allow("StartPromotion", ["codepipeline:StartPipelineExecution"], promotion),
        *([allow("StartReview", ["codebuild:StartBuild"], review)] if reviews else []),
    ]


def _filtering(names: DeliveryNames, key: str) -> list[iam.PolicyStatement]:
    return [
        allow("SeeChanges", ["codecommit:GetDifferences"], names.repository_arn),
        allow("UseKeyOfTheRepository", ("kms:Decrypt", "kms:DescribeKey"), key),
        allow(
            "StartDelivery", ["codepipeline:StartPipelineExecution"], names.delivery_pipeline_arn
        ),
    ]


def _deploying(names: DeliveryNames, target: EnvironmentSettings) -> iam.PolicyStatement:
    arns = roles.bootstrap_role_arns(names.stack.partition, target)
    return allow("TakeOnBootstrapRoles", ["sts:AssumeRole"], *arns)


def _training(
    names: DeliveryNames, pipelines: Sequence[str], groups: Sequence[str]
) -> list[iam.PolicyStatement]:
    if not pipelines:
        return []
    arns = [
        arn for each in pipelines for arn in (names.pipeline_arn(each), names.executions_of(each))
    ]
    packages = names.packages_of(groups)
    models = allow("SeeModels", ["sagemaker:DescribeModelPackage"], *packages)
    return [allow("Train", FOLLOWING_RUNS, *arns), *([models] if packages else [])]


def _smoke(batches: Sequence[str]) -> list[iam.PolicyStatement]:
    pipelines = [part for arn in batches for part in (arn, f"{arn}/execution/*")]
    return [allow("ScoreBatch", FOLLOWING_RUNS, *pipelines)] if pipelines else []


def _comparing(names: DeliveryNames) -> iam.PolicyStatement:
    """Templates of this environment's stacks say what the repository says, or said."""
    return allow("SeeWhatIsDeployed", ["cloudformation:GetTemplate"], names.stacks_arn)


def _review(names: DeliveryNames, key: str) -> list[iam.PolicyStatement]:
    return [
        allow("ReviewPullRequests", COMMENTING, names.repository_arn),
        allow("UseKeyOfTheRepository", CODECOMMIT_KEY, key),
    ]
