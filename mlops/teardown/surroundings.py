"""What an environment has beside its stacks, found by its names; and how each of it is deleted."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from mlops.teardown.plan import Item

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

    from environments.names import ResourceNames
    from mlops.local_aws import Aws

PIPELINE, VERSION, GROUP = "SageMaker pipeline", "model package", "model package group"
SCHEDULE, SCHEDULE_GROUP, LOG_GROUP = "schedule", "schedule group", "log group"
INTERFACE, BUCKET, KEY, PARAMETER = "network interface", "bucket", "key", "SSM parameter"
ROLE, POLICY, FUNCTION, QUEUE = "role", "managed policy", "function", "queue"
ALARM, STACK = "alarm", "stack"


def pipelines(aws: Aws, names: ResourceNames) -> Iterator[Item]:
    """Find SageMaker pipelines."""
    for each in _pages(
        aws, "sagemaker", "list_pipelines", "PipelineSummaries", PipelineNamePrefix=_dash(names)
    ):
        yield Item(PIPELINE, each["PipelineName"])


def groups(aws: Aws, names: ResourceNames) -> Iterator[Item]:
    """Find model package groups."""
    found = _pages(aws, "sagemaker", "list_model_package_groups", "ModelPackageGroupSummaryList")
    for each in found:
        if each["ModelPackageGroupName"].startswith(_dash(names)):
            yield Item(GROUP, each["ModelPackageGroupName"])


def versions(aws: Aws, group: str) -> Iterator[Item]:
    """Find the model packages of a group."""
    found = _pages(
        aws,
        "sagemaker",
        "list_model_packages",
        "ModelPackageSummaryList",
        ModelPackageGroupName=group,
    )
    for each in found:
        yield Item(VERSION, each["ModelPackageArn"])


def schedules(aws: Aws, names: ResourceNames) -> Iterator[Item]:
    """Find the schedules of the environment's group."""
    if names.prefix in {each.name for each in schedule_groups(aws, names)}:
        for each in _pages(aws, "scheduler", "list_schedules", "Schedules", GroupName=names.prefix):
            yield Item(SCHEDULE, each["Name"])


def schedule_groups(aws: Aws, names: ResourceNames) -> Iterator[Item]:
    """Find the environment's schedule group."""
    for each in _pages(aws, "scheduler", "list_schedule_groups", "ScheduleGroups"):
        if each["Name"] == names.prefix:
            yield Item(SCHEDULE_GROUP, each["Name"])


def log_groups(aws: Aws, names: ResourceNames) -> Iterator[Item]:
    """Find the log groups with the environment's names."""
    beginnings = (
        f"/{names.prefix}/",
        *(f"/aws/{service}/{_dash(names)}" for service in ("lambda", "codebuild", "vendedlogs")),
    )
    for beginning in beginnings:
        for each in _pages(
            aws, "logs", "describe_log_groups", "logGroups", logGroupNamePrefix=beginning
        ):
            yield Item(LOG_GROUP, each["logGroupName"])


def interfaces(aws: Aws, vpc_ids: Iterable[str]) -> Iterator[Item]:
    """Find the network interfaces in VPCs; one that is attached says so."""
    for vpc in vpc_ids:
        for each in _pages(
            aws,
            "ec2",
            "describe_network_interfaces",
            "NetworkInterfaces",
            Filters=[{"Name": "vpc-id", "Values": [vpc]}],
        ):
            free = each.get("Status") == "available"
            why = "" if free else f"attached: {each.get('Description') or 'by AWS'}"
            yield Item(INTERFACE, each["NetworkInterfaceId"], why)


def named_resources(aws: Aws, names: ResourceNames) -> Iterator[Item]:
    """Find everything else that has the environment's names."""
    dash, path = _dash(names), names.parameter("")
    # Kind, service, operation, field of its answer, request, field of the name, its beginning.
    listings: tuple[tuple[str, str, str, str, dict[str, Any], str, str], ...] = (
        (STACK, "cloudformation", "describe_stacks", "Stacks", {}, "StackName", dash),
        (BUCKET, "s3", "list_buckets", "Buckets", {}, "Name", dash),
        (KEY, "kms", "list_aliases", "Aliases", {}, "AliasName", f"alias/{dash}"),
        (
            *(PARAMETER, "ssm", "get_parameters_by_path", "Parameters"),
            *({"Path": path, "Recursive": True}, "Name", path),
        ),
        (ROLE, "iam", "list_roles", "Roles", {}, "RoleName", dash),
        (POLICY, "iam", "list_policies", "Policies", {"Scope": "Local"}, "PolicyName", dash),
        (FUNCTION, "lambda", "list_functions", "Functions", {}, "FunctionName", dash),
        (ALARM, "cloudwatch", "describe_alarms", "MetricAlarms", {}, "AlarmName", dash),
    )
    for kind, service, operation, field, request, key, beginning in listings:
        for each in _pages(aws, service, operation, field, **request):
            if each[key].startswith(beginning) and each.get("StackStatus") != "DELETE_COMPLETE":
                yield Item(kind, each[key])
    for url in _pages(aws, "sqs", "list_queues", "QueueUrls", QueueNamePrefix=dash):
        yield Item(QUEUE, url.rpartition("/")[2])


def everything(aws: Aws, names: ResourceNames) -> list[Item]:
    """Find all that has the environment's names, whoever made it.

    Parameters
    ----------
    aws : Aws
        Clients of the environment's account and region.
    names : ResourceNames
        The environment's names.

    Returns
    -------
    list of Item
        Sorted by kind and name.
    """
    found = (pipelines, groups, schedules, schedule_groups, log_groups, named_resources)
    return sorted({item for each in found for item in each(aws, names)})


def delete(aws: Aws, names: ResourceNames, item: Item) -> None:
    """Delete one thing that no stack holds.

    Parameters
    ----------
    aws : Aws
        Clients of the environment's account and region.
    names : ResourceNames
        The environment's names.
    item : Item
        One that the functions above found; of the kinds that may be made beside stacks.
    """
    name = item.name
    sagemaker = aws.client("sagemaker")
    ways: dict[str, Callable[[], Any]] = {
        PIPELINE: lambda: sagemaker.delete_pipeline(
            PipelineName=name, ClientRequestToken=f"destroy-{name}".ljust(32, "-")
        ),
        VERSION: lambda: sagemaker.delete_model_package(ModelPackageName=name),
        GROUP: lambda: sagemaker.delete_model_package_group(ModelPackageGroupName=name),
        SCHEDULE: lambda: aws.client("scheduler").delete_schedule(
            Name=name, GroupName=names.prefix
        ),
        SCHEDULE_GROUP: lambda: aws.client("scheduler").delete_schedule_group(Name=name),
        LOG_GROUP: lambda: aws.client("logs").delete_log_group(logGroupName=name),
        INTERFACE: lambda: aws.client("ec2").delete_network_interface(NetworkInterfaceId=name),
    }
    ways[item.kind]()


def stop_executions(aws: Aws, names: ResourceNames) -> list[str]:
    """Stop what runs, since a deleted pipeline's jobs would go on and be paid for.

    Parameters
    ----------
    aws : Aws
        Clients of the environment's account and region.
    names : ResourceNames
        The environment's names.

    Returns
    -------
    list of str
        ARNs of the executions that are being stopped.
    """
    running = executions(aws, names)
    for each in running:
        aws.client("sagemaker").stop_pipeline_execution(
            PipelineExecutionArn=each, ClientRequestToken=each.rpartition("/")[2].ljust(32, "-")
        )
    return running


def executions(aws: Aws, names: ResourceNames) -> list[str]:
    """Find what runs.

    Parameters
    ----------
    aws : Aws
        Clients of the environment's account and region.
    names : ResourceNames
        The environment's names.

    Returns
    -------
    list of str
        ARNs of the executions of the environment's pipelines that have not ended.
    """
    return [
        each["PipelineExecutionArn"]
        for pipeline in pipelines(aws, names)
        for each in _pages(
            aws,
            "sagemaker",
            "list_pipeline_executions",
            "PipelineExecutionSummaries",
            PipelineName=pipeline.name,
        )
        if each["PipelineExecutionStatus"] in {"Executing", "Stopping"}
    ]


def _dash(names: ResourceNames) -> str:
    return f"{names.prefix}-"


def _pages(aws: Aws, service: str, operation: str, field: str, **request: Any) -> Iterator[Any]:
    client = aws.client(service)
    for page in client.get_paginator(operation).paginate(**request):
        yield from page.get(field, ())
