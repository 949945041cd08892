"""The AWS APIs that have an endpoint in the VPC, by who calls them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from secure_mlops_constructs.interface_endpoints import AwsApi

if TYPE_CHECKING:
    from collections.abc import Sequence

# What the platform itself calls: jobs, functions, people who look after it from inside.
CORE = (
    AwsApi("sagemaker.api", ("sagemaker:*",), "the champion keeper asks the registry"),
    AwsApi("sagemaker.runtime", ("sagemaker:InvokeEndpoint*",), "clients of a deployed model"),
    AwsApi("sagemaker.metrics", ("sagemaker:BatchPutMetrics",), "training jobs report metrics"),
    AwsApi(
        "sts",
        ("sts:*",),
        "every SDK asks who it is; CodeArtifact's tokens",
        ("sts:GetCallerIdentity", "sts:GetServiceBearerToken"),
    ),
    AwsApi("kms", ("kms:*",), "jobs and functions that encrypt on their own"),
    AwsApi("logs", ("logs:*",), "jobs write logs"),
    AwsApi("monitoring", ("cloudwatch:*",), "jobs write metrics", ("cloudwatch:PutMetricData",)),
    AwsApi("events", ("events:*",), "jobs and functions that announce something"),
    AwsApi("ssm", ("ssm:GetParameter*",), "looking up what the platform publishes"),
    AwsApi("sns", ("sns:Publish",), "jobs and functions that tell a person"),
    AwsApi("sqs", ("sqs:*",), "dead letters that a person handles from inside"),
    AwsApi("lambda", ("lambda:*",), "running a function again from inside"),
    AwsApi(
        "secretsmanager",
        ("secretsmanager:DescribeSecret", "secretsmanager:GetSecretValue"),
        "jobs and builds that need a secret",
    ),
)
# What only a VPC of our own needs.
OWN_VPC = (AwsApi("ec2", ("ec2:*",), "the closer of the default security group"),)
# What an environment may do without, by the names in its settings.
OPTIONAL = {
    "delivery": (
        AwsApi("cloudformation", ("cloudformation:*",), "builds look at stacks"),
        AwsApi(
            "codeartifact.api",
            ("codeartifact:*",),
            "signing in to packages, for which CodeArtifact has STS make a token (User Guide,"
            ' "Create a VPC endpoint policy for CodeArtifact")',
            ("sts:GetServiceBearerToken",),
        ),
        AwsApi("codeartifact.repositories", ("codeartifact:*",), "pip and npm in builds"),
        AwsApi("codebuild", ("codebuild:*",), "builds and people who follow them"),
        AwsApi("codecommit", ("codecommit:*",), "people review pull requests"),
        AwsApi(
            "git-codecommit", ("codecommit:GitPull", "codecommit:GitPush"), "git in builds, Studio"
        ),
        AwsApi("codepipeline", ("codepipeline:*",), "people who follow a delivery"),
        AwsApi(
            "scheduler",
            ("scheduler:GetSchedule", "scheduler:UpdateSchedule"),
            "the build that promotes puts what it has tested into the schedule",
        ),
        AwsApi("servicecatalog", ("servicecatalog:*",), "Studio's project templates"),
    ),
    "analytics": (
        AwsApi("athena", ("athena:*",), "queries as inputs of jobs"),
        AwsApi("glue", ("glue:*",), "the catalogue of Athena's tables"),
        AwsApi(
            "sagemaker.featurestore-runtime",
            ("sagemaker:BatchGetRecord", "sagemaker:GetRecord", "sagemaker:PutRecord"),
            "clients of a feature store",
        ),
    ),
}
# What carrying out the queries of batches takes, by the service.
QUERYING = {
    "athena": tuple(api for api in OPTIONAL["analytics"] if api.name in {"athena", "glue"}),
    "redshift": (
        AwsApi("redshift", ("redshift:GetClusterCredentials",), "queries as inputs of jobs"),
        AwsApi(
            "redshift-data",
            ("redshift-data:*",),
            "queries as inputs of jobs",
            ("redshift-data:CancelStatement", "redshift-data:DescribeStatement"),
        ),
    ),
}
REGISTRIES = ("ecr.api", "ecr.dkr")
SIGN_IN = ("ecr:GetAuthorizationToken",)


def apis(
    groups: Sequence[str],
    image_repositories: Sequence[str],
    *,
    own_vpc: bool = True,
    query: str | None = None,
) -> list[AwsApi]:
    """List the APIs that get an endpoint.

    Parameters
    ----------
    image_repositories : sequence of str
        ARNs of AWS's repositories whose images jobs run.
    own_vpc : bool
        Whether the VPC is ours, and so its default group.
    query : str, optional
        The service whose queries batches come from.
    """
    registries = [
        AwsApi(name, ("ecr:*",), "hosts fetch images", SIGN_IN, tuple(image_repositories))
        for name in REGISTRIES
    ]
    optional = [api for group in sorted(set(groups)) for api in OPTIONAL[group]]
    querying = [api for api in QUERYING.get(query or "", ()) if api not in optional]
    return [*CORE, *(OWN_VPC if own_vpc else ()), *registries, *optional, *querying]
