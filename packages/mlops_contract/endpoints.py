"""The AWS APIs that have an interface endpoint in the VPC: the one table of them."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Literal, get_args

from mlops_contract.callers import INSIDE, callers

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

# Endpoints that the settings of an environment add to those that it calls.
EndpointGroup = Literal["analytics", "clients", "delivery"]
ENDPOINT_GROUPS: tuple[EndpointGroup, ...] = get_args(EndpointGroup)


@dataclass(frozen=True)
class AwsApi:
    """One API that something in the VPC calls.

    It has an endpoint where a row of the table of callers calls it from inside, and where the
    settings name its `group`; without one only the rows decide. `without_policy` says why the
    endpoint is sent no policy: a service that takes none refuses to be deployed with one.
    """

    name: str  # of the endpoint service, in short
    actions: tuple[str, ...]  # that the endpoint lets through
    caller: str
    group: EndpointGroup | None = None
    without_resource: tuple[str, ...] = ()  # requests that may lack ``aws:ResourceAccount``
    foreign_repositories: tuple[str, ...] = ()  # ARNs of AWS's, readable through it
    without_policy: str = ""


_SECRETS = ("secretsmanager:DescribeSecret", "secretsmanager:GetSecretValue")
_RECORDS = ("sagemaker:BatchGetRecord", "sagemaker:GetRecord", "sagemaker:PutRecord")
_GIT = ("codecommit:GitPull", "codecommit:GitPush")
# Promotion puts the model that it has tested into the schedule.
_SCHEDULES = ("scheduler:GetSchedule", "scheduler:UpdateSchedule")
_SIGN_IN = ("ecr:GetAuthorizationToken",)
# STS makes CodeArtifact's (User Guide, "Create a VPC endpoint policy for CodeArtifact").
_TOKEN = ("sts:GetServiceBearerToken",)
_STATEMENTS = ("redshift-data:CancelStatement", "redshift-data:DescribeStatement")
# AWS publishes no list since; `mlops doctor` asks for the service in the region.
_BY_SETTINGS = "the settings say so: network.endpoint_policies"
_NO_POLICY = "AWS's last public list says No: VPC User Guide, AWS services that you can use, 2021"
APIS = (
    AwsApi("sagemaker.api", ("sagemaker:*",), "the champion keeper asks the registry"),
    AwsApi(
        "sagemaker.runtime",
        ("sagemaker:InvokeEndpoint*",),
        "clients of a deployed model",
        "clients",
    ),
    AwsApi("sagemaker.metrics", ("sagemaker:BatchPutMetrics",), "jobs of one's own", "clients"),
    AwsApi("sts", ("sts:*",), "SDKs, CodeArtifact", "clients", ("sts:GetCallerIdentity", *_TOKEN)),
    AwsApi("kms", ("kms:*",), "code that encrypts on its own", "clients"),
    AwsApi("logs", ("logs:*",), "builds write logs", "clients"),
    AwsApi(
        "monitoring", ("cloudwatch:*",), "the publisher", "clients", ("cloudwatch:PutMetricData",)
    ),
    AwsApi("events", ("events:*",), "functions that announce something", "clients"),
    AwsApi("ssm", ("ssm:GetParameter*",), "builds look up what is published", "clients"),
    AwsApi("sns", ("sns:Publish",), "code that notifies a person", "clients"),
    AwsApi("sqs", ("sqs:*",), "people who handle dead letters", "clients"),
    AwsApi("lambda", ("lambda:*",), "people who run a function again", "clients"),
    AwsApi("secretsmanager", _SECRETS, "code that needs a secret", "clients"),
    AwsApi("ec2", ("ec2:*",), "the closer of the default security group"),
    AwsApi("ecr.api", ("ecr:*",), "hosts fetch images", None, _SIGN_IN),
    AwsApi("ecr.dkr", ("ecr:*",), "hosts fetch images", None, _SIGN_IN),
    AwsApi("athena", ("athena:*",), "queries as inputs of jobs", "analytics"),
    AwsApi("glue", ("glue:*",), "catalogue of Athena's tables", "analytics"),
    AwsApi("sagemaker.featurestore-runtime", _RECORDS, "clients of a feature store", "analytics"),
    AwsApi("cloudformation", ("cloudformation:*",), "builds look at stacks", "delivery"),
    AwsApi("codeartifact.api", ("codeartifact:*",), "signing in to packages", "delivery", _TOKEN),
    AwsApi("codeartifact.repositories", ("codeartifact:*",), "pip and npm in builds", "delivery"),
    AwsApi("codebuild", ("codebuild:*",), "builds and people who follow them", "delivery"),
    AwsApi("codecommit", ("codecommit:*",), "people review pull requests", "delivery"),
    AwsApi("git-codecommit", _GIT, "git in builds, Studio", "delivery"),
    AwsApi(
        "codepipeline",
        ("codepipeline:*",),
        "the filter of pushes, people who follow a delivery",
        "delivery",
        without_policy=_NO_POLICY,
    ),
    AwsApi("scheduler", _SCHEDULES, "the build that promotes", "delivery"),
    AwsApi(
        "servicecatalog",
        ("servicecatalog:*",),
        "Studio's project templates",
        "delivery",
        without_policy=_NO_POLICY,
    ),
    AwsApi("redshift", ("redshift:GetClusterCredentials",), "queries of jobs"),
    AwsApi("redshift-data", ("redshift-data:*",), "queries of jobs", None, _STATEMENTS),
)
# APIs whose endpoints an existing VPC may have already.
IN_EXISTING_VPCS = tuple(sorted(each.name for each in APIS if each.name != "ec2"))
# The actions of each endpoint, of services with several (SageMaker API Reference, by service:
# Runtime, Feature Store Runtime, Metrics).
TAKES = {
    "sagemaker.runtime": ("sagemaker:InvokeEndpoint*",),
    "sagemaker.featurestore-runtime": (
        *("sagemaker:BatchGetRecord", "sagemaker:BatchWriteRecord", "sagemaker:DeleteRecord"),
        *("sagemaker:GetRecord", "sagemaker:ListRecords", "sagemaker:PutRecord"),
    ),
    "sagemaker.metrics": ("sagemaker:BatchGetMetrics", "sagemaker:BatchPutMetrics"),
    "git-codecommit": _GIT,
}
_SERVICES = {each.name: each.actions[0].partition(":")[0] for each in APIS}
# What jobs whose input is a query call, by its service; that of Redshift unloads under a role.
_QUERY, _UNLOAD = "query-job", "query-unload"
_ATHENA, _REDSHIFT = {"athena", "glue"}, {"redshift", "redshift-data"}


def apis(
    groups: Sequence[EndpointGroup],
    image_repositories: Sequence[str],
    roles: Iterable[str],
    policies: Mapping[str, bool] | None = None,
) -> list[AwsApi]:
    """List the APIs that get an endpoint where there are these roles, named as their rows.

    `policies` says of some whether their services take a policy, other than the table does.
    """
    there, says = called(roles), policies or {}
    return [
        replace(
            each,
            foreign_repositories=tuple(image_repositories) * (service_of(each.name) == "ecr"),
            without_policy=_reason(says[each.name]) if each.name in says else each.without_policy,
        )
        for each in APIS
        if each.name in there or each.group in groups
    ]


def _reason(takes_policy: bool) -> str:
    return "" if takes_policy else _BY_SETTINGS


def left_open(name: str, reason: str) -> str:
    """Say what an endpoint without a policy leaves open, and why it has none."""
    return (
        f"the endpoint of {name} has no policy ({reason}): nobody brings another account's "
        f"credentials for {name} into the VPC, and people use it for this account"
    )


def may_be_left_open(name: str, text: str) -> bool:
    """Tell whether a text says so of this endpoint, which is ours, for a reason that we give."""
    return any(
        reason and text == left_open(name, reason)
        for each in APIS
        if each.name == name
        for reason in (each.without_policy, _BY_SETTINGS)
    )


def called(roles: Iterable[str]) -> set[str]:
    """Name the endpoints that roles call from inside, by the table of callers."""
    table, names = callers(), set(roles)
    found: set[str] = set()
    if _QUERY in names:
        found |= _REDSHIFT if _UNLOAD in names else _ATHENA
    for row in {table.row_of(each) for each in names} - {""}:
        for work in table.of(row):
            if not work.where or work.where in names:
                found.update(work.endpoints)
                actions = work.actions if work.origin == INSIDE else ()
                found.update(name for each in actions for name in taking(each))
    return found


def taking(action: str) -> tuple[str, ...]:
    """Name the endpoints that take an action; several where a service splits its work."""
    service = action.partition(":")[0]
    names = [name for name, prefix in _SERVICES.items() if prefix == service]
    own = [name for name in names if action.startswith(TAKES.get(name, ()))]
    return tuple(own or (name for name in names if name not in TAKES))


def service_of(endpoint: str) -> str:
    """Return the service prefix of an endpoint's actions: ``cloudwatch`` for ``monitoring``."""
    return _SERVICES.get(endpoint, endpoint.partition(".")[0])


def let_through(endpoint: str) -> tuple[str, ...]:
    """Return the actions, with wildcards, that our endpoint lets through; none if it has no row."""
    found = (each for each in APIS if each.name == endpoint)
    return tuple(name for each in found for name in (*each.actions, *each.without_resource))
