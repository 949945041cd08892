"""How what an environment leaves behind is found, where a listing by name does not do.

Names are the environment's, or the tag on every resource that has an id instead of a name.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from mlops.teardown.plan import Item
from mlops_contract.names import ENVIRONMENT_TAG

if TYPE_CHECKING:
    from collections.abc import Iterator

    from mlops.teardown.place import Place

DEFAULT_BUS = "default"
_LOGGING_SERVICES = ("lambda", "codebuild", "codepipeline", "vendedlogs")
_JOB_LOGS = "/aws/sagemaker/"
_ROOT_OF_PACKAGES = "/*"  # the group that every domain has
_GONE = "DELETE_COMPLETE"
_NO_ACCESS = {"AccessDeniedException", "NotFoundException"}


def builds(place: Place) -> Iterator[Item]:
    """Find what CodeBuild keeps of builds: deleting a project leaves it."""
    for project in place.pages("codebuild", "list_projects", "projects"):
        if place.is_ours(project):
            for each in place.pages(
                "codebuild", "list_builds_for_project", "ids", projectName=project
            ):
                yield Item("build record", each)


def report_groups(place: Place) -> Iterator[Item]:
    """Find the groups of builds' reports."""
    for arn in place.pages("codebuild", "list_report_groups", "reportGroups"):
        name = arn.rpartition("/")[2]
        if place.is_ours(name):
            yield Item("report group", name, ids=(arn,))


def models(place: Place) -> Iterator[Item]:
    """Find the models that pipelines made to score with: their role is the environment's."""
    client = place.client("sagemaker")
    for each in place.pages("sagemaker", "list_models", "Models"):
        model = client.describe_model(ModelName=each["ModelName"])
        if place.is_ours(model.get("ExecutionRoleArn", "").rpartition("/")[2]):
            yield Item("SageMaker model", each["ModelName"])


def schedules(place: Place) -> Iterator[Item]:
    """Find the schedules of the environment's group."""
    group = place.names.schedule_group
    for each in place.pages("scheduler", "list_schedules", "Schedules"):
        if each["GroupName"] == group:
            yield Item("schedule", each["Name"], ids=(f"{group}|{each['Name']}",))


def rules(place: Place) -> Iterator[Item]:
    """Find rules with the environment's names, and all on its own bus."""
    buses = place.pages("events", "list_event_buses", "EventBuses")
    for bus in (each["Name"] for each in buses):
        own = place.is_ours(bus)
        if own or bus == DEFAULT_BUS:
            for each in place.pages("events", "list_rules", "Rules", EventBusName=bus):
                name = each["Name"]
                if own or place.is_ours(name):
                    yield Item("rule", f"{bus}|{name}", ids=(name, each["Arn"]))


def alarms(place: Place) -> Iterator[Item]:
    """Find alarms, composite ones too."""
    for field in ("CompositeAlarms", "MetricAlarms"):
        for each in place.pages(
            *("cloudwatch", "describe_alarms", field),
            AlarmNamePrefix=place.names.prefix,
            AlarmTypes=["CompositeAlarm", "MetricAlarm"],
        ):
            if place.is_ours(each["AlarmName"]):
                yield Item("alarm", each["AlarmName"])


def dashboards(place: Place) -> Iterator[Item]:
    """Find dashboards."""
    prefix = place.names.prefix
    for each in place.pages(
        "cloudwatch", "list_dashboards", "DashboardEntries", DashboardNamePrefix=prefix
    ):
        if place.is_ours(each["DashboardName"]):
            yield Item("dashboard", each["DashboardName"])


def topics(place: Place) -> Iterator[Item]:
    """Find topics."""
    for each in place.pages("sns", "list_topics", "Topics"):
        arn = each["TopicArn"]
        if place.is_ours(arn.rpartition(":")[2]):
            yield Item("topic", arn.rpartition(":")[2], ids=(arn,))


def layers(place: Place) -> Iterator[Item]:
    """Find the versions of functions' layers."""
    for layer in place.pages("lambda", "list_layers", "Layers"):
        name = layer["LayerName"]
        if place.is_ours(name):
            for each in place.pages(
                "lambda", "list_layer_versions", "LayerVersions", LayerName=name
            ):
                arn = each["LayerVersionArn"]
                yield Item("layer version", f"{name}:{each['Version']}", ids=(arn,))


def queues(place: Place) -> Iterator[Item]:
    """Find queues."""
    prefix = place.names.prefix
    for url in place.pages("sqs", "list_queues", "QueueUrls", QueueNamePrefix=prefix):
        name = url.rpartition("/")[2]
        if place.is_ours(name):
            yield Item("queue", name, ids=(url,))


def work_groups(place: Place) -> Iterator[Item]:
    """Find work groups of Athena."""
    for each in place.pages("athena", "list_work_groups", "WorkGroups"):
        if place.is_ours(each["Name"]):
            yield Item("work group", each["Name"])


def databases(place: Place) -> Iterator[Item]:
    """Find the database of results; what lies under it are the buckets' objects."""
    for each in place.pages("glue", "get_databases", "DatabaseList"):
        if each["Name"] == place.names.database:
            yield Item("database", each["Name"])


def tables(place: Place) -> Iterator[Item]:
    """Find the tables of that database."""
    for database in databases(place):
        for each in place.pages("glue", "get_tables", "TableList", DatabaseName=database.name):
            yield Item("table", f"{database.name}.{each['Name']}", ids=(each["Name"],))


def parameters(place: Place) -> Iterator[Item]:
    """Find parameters; their values are not read."""
    below = {"Key": "Path", "Option": "Recursive", "Values": [place.names.parameter("")[:-1]]}
    for each in place.pages("ssm", "describe_parameters", "Parameters", ParameterFilters=[below]):
        yield Item("SSM parameter", each["Name"])


def filters(place: Place) -> Iterator[Item]:
    """Find metric filters: a log group that stays would keep them."""
    for each in place.pages("logs", "describe_metric_filters", "metricFilters"):
        name, group = each["filterName"], each["logGroupName"]
        if place.is_ours(name) or _is_our_group(place, group):
            yield Item("metric filter", f"{group} {name}", ids=(name,))


def log_groups(place: Place) -> Iterator[Item]:
    """Find log groups: by name, and those of jobs that carry the tag."""
    client = place.client("logs")
    for each in place.pages("logs", "describe_log_groups", "logGroups"):
        name = each["logGroupName"]
        ours = _is_our_group(place, name)
        if ours or name.startswith(_JOB_LOGS):
            arn = each["arn"].removesuffix(":*")
            tags = client.list_tags_for_resource(resourceArn=arn).get("tags", {})
            tagged = tags.get(ENVIRONMENT_TAG) == place.settings.name
            if ours or tagged:
                yield Item("log group", name, is_data=tagged)


def versions(place: Place) -> Iterator[Item]:
    """Find the versions of models, group by group."""
    for group in place.pages(
        "sagemaker", "list_model_package_groups", "ModelPackageGroupSummaryList"
    ):
        name = group["ModelPackageGroupName"]
        if place.is_ours(name):
            for each in place.pages(
                *("sagemaker", "list_model_packages", "ModelPackageSummaryList"),
                ModelPackageGroupName=name,
            ):
                arn = each["ModelPackageArn"]
                yield Item("model package", arn, part_of=name, is_data=True)


def repositories(place: Place) -> Iterator[Item]:
    """Find the repositories of sources that CodeCommit holds."""
    delivery = place.settings.delivery
    own = delivery.repository if delivery and delivery.connection_arn is None else None
    for each in place.pages("codecommit", "list_repositories", "repositories"):
        name = each["repositoryName"]
        if name == own or place.is_ours(name):
            ids = (each["repositoryId"],)
            yield Item("source repository", name, ids=ids, is_data=True)


def domains(place: Place) -> Iterator[Item]:
    """Find the domain of packages."""
    for each in place.pages("codeartifact", "list_domains", "domains"):
        if each["name"] == place.names.packages:
            yield Item("package domain", each["name"], is_data=True)


def package_repositories(place: Place) -> Iterator[Item]:
    """Find the repositories of that domain; their packages go with them."""
    for domain in domains(place):
        for each in place.pages(
            "codeartifact", "list_repositories_in_domain", "repositories", domain=domain.name
        ):
            yield Item("package repository", f"{domain.name}/{each['name']}", is_data=True)


def package_groups(place: Place) -> Iterator[Item]:
    """Find the groups of packages that somebody made."""
    for domain in domains(place):
        for each in place.pages(
            "codeartifact", "list_package_groups", "packageGroups", domain=domain.name
        ):
            if each["pattern"] != _ROOT_OF_PACKAGES:
                name = f"{domain.name}{each['pattern']}"
                yield Item("package group", name, ids=(each["arn"],), is_data=True)


def keys(place: Place) -> Iterator[Item]:
    """Find keys by their tag; one that waits for its deletion is gone."""
    from botocore.exceptions import ClientError

    client = place.client("kms")
    for each in place.pages("kms", "list_keys", "Keys"):
        identity = each["KeyId"]
        try:
            tags = list(place.pages("kms", "list_resource_tags", "Tags", KeyId=identity))
            if not place.is_tagged(tags, "TagKey", "TagValue"):
                continue
            described = client.describe_key(KeyId=identity)["KeyMetadata"]
        except ClientError as error:
            if error.response["Error"]["Code"] in _NO_ACCESS:
                continue  # AWS's own, or one of somebody who lets nobody else look
            raise
        if described["KeyState"] != "PendingDeletion":
            yield Item("key", identity, ids=(described["Arn"],), is_data=True)


def portfolios(place: Place) -> Iterator[Item]:
    """Find portfolios of Service Catalog."""
    for each in place.pages("servicecatalog", "list_portfolios", "PortfolioDetails"):
        if place.is_ours(each["DisplayName"]):
            yield Item("portfolio", each["DisplayName"], ids=(each["Id"],))


def products(place: Place) -> Iterator[Item]:
    """Find products of Service Catalog."""
    for each in place.pages("servicecatalog", "search_products_as_admin", "ProductViewDetails"):
        product = each["ProductViewSummary"]
        if place.is_ours(product["Name"]):
            yield Item("product", product["Name"], ids=(product["ProductId"],))


def stacks(place: Place) -> Iterator[Item]:
    """Find stacks."""
    for each in place.pages("cloudformation", "describe_stacks", "Stacks"):
        if place.is_ours(each["StackName"]) and each["StackStatus"] != _GONE:
            yield Item("stack", each["StackName"])


def _is_our_group(place: Place, name: str) -> bool:
    begins = (f"/aws/{service}/{place.dash}" for service in _LOGGING_SERVICES)
    return name.startswith((f"/{place.names.prefix}/", *begins))
