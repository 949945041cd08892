"""The AWS APIs that have an interface endpoint in the VPC: the one table of them."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Literal, get_args

if TYPE_CHECKING:
    from collections.abc import Sequence

# Optional endpoints, as the settings of an environment name them.
EndpointGroup = Literal["analytics", "clients", "delivery"]
ENDPOINT_GROUPS: tuple[EndpointGroup, ...] = get_args(EndpointGroup)


@dataclass(frozen=True)
class AwsApi:
    """One API that something in the VPC calls."""

    name: str  # of the endpoint service, in short
    actions: tuple[str, ...]  # that the endpoint lets through
    caller: str
    needs: tuple[str, ...] = ("core",)  # one of them suffices
    without_resource: tuple[str, ...] = ()  # requests that may lack ``aws:ResourceAccount``
    foreign_repositories: tuple[str, ...] = ()  # ARNs of AWS's, readable through it


_CORE, _IMAGES, _ANALYTICS, _QUERIES = ("core",), ("images",), ("analytics",), ("athena",)
_DELIVERY, _REDSHIFT, _OWN_VPC = ("delivery",), ("redshift",), ("own-vpc",)
# Nothing of the platform calls these: its containers are isolated, and services send for functions.
_CLIENTS = ("clients",)
_SECRETS = ("secretsmanager:DescribeSecret", "secretsmanager:GetSecretValue")
_RECORDS = ("sagemaker:BatchGetRecord", "sagemaker:GetRecord", "sagemaker:PutRecord")
_GIT = ("codecommit:GitPull", "codecommit:GitPush")
# Promotion puts the model that it has tested into the schedule.
_SCHEDULES = ("scheduler:GetSchedule", "scheduler:UpdateSchedule")
_SIGN_IN = ("ecr:GetAuthorizationToken",)
# STS makes CodeArtifact's (User Guide, "Create a VPC endpoint policy for CodeArtifact").
_TOKEN = ("sts:GetServiceBearerToken",)
_STATEMENTS = ("redshift-data:CancelStatement", "redshift-data:DescribeStatement")
APIS = (
    AwsApi("sagemaker.api", ("sagemaker:*",), "the champion keeper asks the registry"),
    AwsApi(
        "sagemaker.runtime", ("sagemaker:InvokeEndpoint*",), "clients of a deployed model", _CLIENTS
    ),
    AwsApi("sagemaker.metrics", ("sagemaker:BatchPutMetrics",), "jobs of one's own", _CLIENTS),
    AwsApi("sts", ("sts:*",), "SDKs, CodeArtifact", _CORE, ("sts:GetCallerIdentity", *_TOKEN)),
    AwsApi("kms", ("kms:*",), "jobs and functions that encrypt on their own"),
    AwsApi("logs", ("logs:*",), "jobs write logs"),
    AwsApi("monitoring", ("cloudwatch:*",), "jobs", _CORE, ("cloudwatch:PutMetricData",)),
    AwsApi("events", ("events:*",), "jobs and functions that announce something"),
    AwsApi("ssm", ("ssm:GetParameter*",), "looking up what the platform publishes"),
    AwsApi("sns", ("sns:Publish",), "code that notifies a person", _CLIENTS),
    AwsApi("sqs", ("sqs:*",), "people who handle dead letters", _CLIENTS),
    AwsApi("lambda", ("lambda:*",), "people who run a function again", _CLIENTS),
    AwsApi("secretsmanager", _SECRETS, "code that needs a secret", _CLIENTS),
    AwsApi("ec2", ("ec2:*",), "the closer of the default security group", _OWN_VPC),
    AwsApi("ecr.api", ("ecr:*",), "hosts fetch images", _IMAGES, _SIGN_IN),
    AwsApi("ecr.dkr", ("ecr:*",), "hosts fetch images", _IMAGES, _SIGN_IN),
    AwsApi("athena", ("athena:*",), "queries as inputs of jobs", (*_ANALYTICS, *_QUERIES)),
    AwsApi("glue", ("glue:*",), "catalogue of Athena's tables", (*_ANALYTICS, *_QUERIES)),
    AwsApi("sagemaker.featurestore-runtime", _RECORDS, "clients of a feature store", _ANALYTICS),
    AwsApi("cloudformation", ("cloudformation:*",), "builds look at stacks", _DELIVERY),
    AwsApi("codeartifact.api", ("codeartifact:*",), "signing in to packages", _DELIVERY, _TOKEN),
    AwsApi("codeartifact.repositories", ("codeartifact:*",), "pip and npm in builds", _DELIVERY),
    AwsApi("codebuild", ("codebuild:*",), "builds and people who follow them", _DELIVERY),
    AwsApi("codecommit", ("codecommit:*",), "people review pull requests", _DELIVERY),
    AwsApi("git-codecommit", _GIT, "git in builds, Studio", _DELIVERY),
    AwsApi("codepipeline", ("codepipeline:*",), "people who follow a delivery", _DELIVERY),
    AwsApi("scheduler", _SCHEDULES, "the build that promotes", _DELIVERY),
    AwsApi("servicecatalog", ("servicecatalog:*",), "Studio's project templates", _DELIVERY),
    AwsApi("redshift", ("redshift:GetClusterCredentials",), "queries of jobs", _REDSHIFT),
    AwsApi("redshift-data", ("redshift-data:*",), "queries of jobs", _REDSHIFT, _STATEMENTS),
)
# APIs whose endpoints an existing VPC may have already.
IN_EXISTING_VPCS = tuple(sorted(each.name for each in APIS if each.needs != _OWN_VPC))
# The actions of each endpoint, of services with several (SageMaker API Reference, by service:
# Runtime, Feature Store Runtime, Metrics).
TAKES = {
    "sagemaker.runtime": ("sagemaker:InvokeEndpoint*",),
    "sagemaker.featurestore-runtime": (
        *("sagemaker:BatchGetRecord", "sagemaker:BatchWriteRecord", "sagemaker:DeleteRecord"),
        *("sagemaker:GetRecord", "sagemaker:ListRecords", "sagemaker:PutRecord"),
    ),
    "sagemaker.metrics": ("sagemaker:BatchGetMetrics", "sagemaker:BatchPutMetrics"),
}
_SERVICES = {each.name: each.actions[0].partition(":")[0] for each in APIS}


def apis(
    groups: Sequence[EndpointGroup],
    image_repositories: Sequence[str],
    *,
    own_vpc: bool = True,
    query: Literal["athena", "redshift"] | None = None,
) -> list[AwsApi]:
    """List the APIs that get an endpoint."""
    there = {*_CORE, *_IMAGES, *groups, *(_OWN_VPC if own_vpc else ()), query}
    repositories = tuple(image_repositories)
    return [
        replace(each, foreign_repositories=repositories) if each.needs == _IMAGES else each
        for each in APIS
        if there.intersection(each.needs)
    ]


def service_of(endpoint: str) -> str:
    """Return the service prefix of an endpoint's actions: ``cloudwatch`` for ``monitoring``."""
    return _SERVICES.get(endpoint, endpoint.partition(".")[0])


def let_through(endpoint: str) -> tuple[str, ...]:
    """Return the actions, with wildcards, that our endpoint lets through; none if it has no row."""
    found = (each for each in APIS if each.name == endpoint)
    return tuple(name for each in found for name in (*each.actions, *each.without_resource))
