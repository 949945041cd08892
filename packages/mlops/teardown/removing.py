"""How what no stack holds is deleted, where one call with its name does not do."""

from __future__ import annotations

from typing import TYPE_CHECKING

from mlops_common.errors import MlopsError

if TYPE_CHECKING:
    from collections.abc import Callable

    from mlops.teardown.place import Place
    from mlops.teardown.plan import Item

_ABSENT = ("NotFound", "NoSuchEntity", "DoesNotExist", "NonExistent", "does not exist")


def carefully(remove: Callable[[Place, Item], object], place: Place, item: Item) -> None:
    """Delete one thing, and be content if it is gone already."""
    from botocore.exceptions import ClientError

    try:
        remove(place, item)
    except ClientError as error:
        code = error.response["Error"].get("Code", "")
        message = error.response["Error"].get("Message", "")
        if any(word in code or word in message for word in _ABSENT):
            return
        raise MlopsError(
            f"{item.kind} {item.name} could not be deleted: {code}: {message}; mend it and run"
            " the command again"
        ) from None


def by_name(service: str, operation: str, parameter: str, place: Place, item: Item) -> None:
    """Delete by one call that takes a name."""
    getattr(place.client(service), operation)(**{parameter: item.name})


def build(place: Place, item: Item) -> None:
    """Delete what CodeBuild keeps of a build."""
    place.client("codebuild").batch_delete_builds(ids=[item.name])


def report_group(place: Place, item: Item) -> None:
    """Delete a group with its reports."""
    place.client("codebuild").delete_report_group(arn=item.ids[0], deleteReports=True)


def model(place: Place, item: Item) -> None:
    """Delete a SageMaker model; the artefact in S3 is not part of it."""
    place.client("sagemaker").delete_model(ModelName=item.name)


def schedule(place: Place, item: Item) -> None:
    """Delete a schedule of the environment's group."""
    group = place.names.schedule_group
    place.client("scheduler").delete_schedule(Name=item.name, GroupName=group)


def rule(place: Place, item: Item) -> None:
    """Delete a rule, after its targets."""
    bus, _, name = item.name.partition("|")
    client = place.client("events")
    targets = [
        each["Id"]
        for each in place.pages(
            "events", "list_targets_by_rule", "Targets", Rule=name, EventBusName=bus
        )
    ]
    if targets:
        client.remove_targets(Rule=name, EventBusName=bus, Ids=targets)
    client.delete_rule(Name=name, EventBusName=bus)


def alarm(place: Place, item: Item) -> None:
    """Delete an alarm."""
    place.client("cloudwatch").delete_alarms(AlarmNames=[item.name])


def dashboard(place: Place, item: Item) -> None:
    """Delete a dashboard."""
    place.client("cloudwatch").delete_dashboards(DashboardNames=[item.name])


def topic(place: Place, item: Item) -> None:
    """Delete a topic with its subscriptions."""
    place.client("sns").delete_topic(TopicArn=item.ids[0])


def layer(place: Place, item: Item) -> None:
    """Delete one version of a layer."""
    name, _, number = item.name.rpartition(":")
    place.client("lambda").delete_layer_version(LayerName=name, VersionNumber=int(number))


def queue(place: Place, item: Item) -> None:
    """Delete a queue with its messages."""
    place.client("sqs").delete_queue(QueueUrl=item.ids[0])


def work_group(place: Place, item: Item) -> None:
    """Delete a work group with the record of its queries; their results stay."""
    place.client("athena").delete_work_group(WorkGroup=item.name, RecursiveDeleteOption=True)


def table(place: Place, item: Item) -> None:
    """Delete a table; the objects under it stay."""
    database_name, _, name = item.name.partition(".")
    place.client("glue").delete_table(DatabaseName=database_name, Name=name)


def database(place: Place, item: Item) -> None:
    """Delete a database of the catalog."""
    place.client("glue").delete_database(Name=item.name)


def parameter(place: Place, item: Item) -> None:
    """Delete a parameter."""
    place.client("ssm").delete_parameter(Name=item.name)


def filter_(place: Place, item: Item) -> None:
    """Delete a metric filter; its group stays."""
    group, _, name = item.name.rpartition(" ")
    place.client("logs").delete_metric_filter(logGroupName=group, filterName=name)


def version(place: Place, item: Item) -> None:
    """Delete a version of a model."""
    place.client("sagemaker").delete_model_package(ModelPackageName=item.name)


def log_group(place: Place, item: Item) -> None:
    """Delete a log group with what it holds."""
    place.client("logs").delete_log_group(logGroupName=item.name)


def role(place: Place, item: Item) -> None:
    """Delete a role, after what is attached to it and written into it."""
    client, name = place.client("iam"), item.name
    for each in place.pages(
        "iam", "list_attached_role_policies", "AttachedPolicies", RoleName=name
    ):
        client.detach_role_policy(RoleName=name, PolicyArn=each["PolicyArn"])
    for inline in place.pages("iam", "list_role_policies", "PolicyNames", RoleName=name):
        client.delete_role_policy(RoleName=name, PolicyName=inline)
    client.delete_role(RoleName=name)


def policy(place: Place, item: Item) -> None:
    """Delete a managed policy, after its older versions and from the roles that have it."""
    client, arn = place.client("iam"), item.ids[0]
    for each in place.pages(
        "iam", "list_entities_for_policy", "PolicyRoles", PolicyArn=arn, EntityFilter="Role"
    ):
        client.detach_role_policy(RoleName=each["RoleName"], PolicyArn=arn)
    for each in place.pages("iam", "list_policy_versions", "Versions", PolicyArn=arn):
        if not each["IsDefaultVersion"]:
            client.delete_policy_version(PolicyArn=arn, VersionId=each["VersionId"])
    client.delete_policy(PolicyArn=arn)


def interface(place: Place, item: Item) -> None:
    """Delete a free network interface."""
    place.client("ec2").delete_network_interface(NetworkInterfaceId=item.name)
