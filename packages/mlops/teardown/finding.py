"""Finding what an environment leaves behind, by its names, or by the tag where AWS gives ids."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

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


@dataclass(frozen=True)
class Listing:
    """An operation that lists resources by name."""

    service: str
    operation: str
    field: str
    name: str = ""  # key of the name; empty where entries are names
    begins: str = ""
    after: str = ""  # separates the name from the rest of an ARN or URL
    identity: str = ""  # key of another id
    filter_by: str = ""  # parameter that takes the names' prefix

    def of(self, words: str, place: Place, *, is_data: bool = False) -> Iterator[Item]:
        """Find what has the environment's names."""
        request = {self.filter_by: place.names.prefix} if self.filter_by else {}
        for each in place.pages(self.service, self.operation, self.field, **request):
            whole = each[self.name] if self.name else each
            name = whole.rpartition(self.after)[2] if self.after else whole
            ids = (whole,) if self.after else (each[self.identity],) if self.identity else ()
            if name.startswith(self.begins) and place.is_ours(name.removeprefix(self.begins)):
                yield Item(words, name, ids=ids, is_data=is_data)


def builds(place: Place) -> Iterator[Item]:
    """Find the records of builds: deleting a project leaves them."""
    for project in place.ours("codebuild", "list_projects", "projects"):
        for each in place.pages("codebuild", "list_builds_for_project", "ids", projectName=project):
            yield Item("build record", each)


def models(place: Place) -> Iterator[Item]:
    """Find the models that pipelines created to score with, by their role."""
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
    for bus in (each["Name"] for each in place.pages("events", "list_event_buses", "EventBuses")):
        own = place.is_ours(bus)
        if own or bus == DEFAULT_BUS:
            for each in place.pages("events", "list_rules", "Rules", EventBusName=bus):
                name = each["Name"]
                if own or place.is_ours(name):
                    yield Item("rule", f"{bus}|{name}", ids=(name, each["Arn"]))


def alarms(place: Place) -> Iterator[Item]:
    """Find metric and composite alarms."""
    kinds = ["CompositeAlarm", "MetricAlarm"]
    request = {"AlarmNamePrefix": place.names.prefix, "AlarmTypes": kinds}
    for kind in kinds:
        for name in place.ours("cloudwatch", "describe_alarms", f"{kind}s", "AlarmName", **request):
            yield Item("alarm", name)


def layers(place: Place) -> Iterator[Item]:
    """Find the versions of functions' layers."""
    for name in place.ours("lambda", "list_layers", "Layers", "LayerName"):
        for each in place.pages("lambda", "list_layer_versions", "LayerVersions", LayerName=name):
            yield Item("layer version", f"{name}:{each['Version']}", ids=(each["LayerVersionArn"],))


def databases(place: Place) -> Iterator[Item]:
    """Find the database of results; its tables' objects belong to the buckets."""
    for each in place.pages("glue", "get_databases", "DatabaseList"):
        if each["Name"] == place.names.database:
            yield Item("database", each["Name"])


def tables(place: Place) -> Iterator[Item]:
    """Find the tables of that database."""
    for database in databases(place):
        for each in place.pages("glue", "get_tables", "TableList", DatabaseName=database.name):
            yield Item("table", f"{database.name}.{each['Name']}", ids=(each["Name"],))


def parameters(place: Place) -> Iterator[Item]:
    """Find parameters, without reading their values."""
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
    """Find log groups: by name, and those of jobs by tag."""
    client = place.client("logs")
    for each in place.pages("logs", "describe_log_groups", "logGroups"):
        name = each["logGroupName"]
        ours = _is_our_group(place, name)
        if ours or name.startswith(_JOB_LOGS):
            arn = each["arn"].removesuffix(":*")
            tags = client.list_tags_for_resource(resourceArn=arn).get("tags", {})
            # A template's groups are tagged and data; AWS makes one without a tag anew for
            # something that writes when its own is gone.
            tagged = tags.get(ENVIRONMENT_TAG) == place.settings.name
            if ours or tagged:
                yield Item("log group", name, is_data=tagged)


def versions(place: Place) -> Iterator[Item]:
    """Find the versions of models, group by group."""
    listing = ("sagemaker", "list_model_package_groups", "ModelPackageGroupSummaryList")
    for name in place.ours(*listing, "ModelPackageGroupName"):
        for each in place.pages(
            *("sagemaker", "list_model_packages", "ModelPackageSummaryList"),
            ModelPackageGroupName=name,
        ):
            yield Item("model package", each["ModelPackageArn"], part_of=name, is_data=True)


def repositories(place: Place) -> Iterator[Item]:
    """Find the repositories of sources in CodeCommit."""
    delivery = place.settings.delivery
    own = delivery.repository if delivery and delivery.connection_arn is None else None
    for each in place.pages("codecommit", "list_repositories", "repositories"):
        name = each["repositoryName"]
        if name == own or place.is_ours(name):
            yield Item("source repository", name, ids=(each["repositoryId"],), is_data=True)


def domains(place: Place) -> Iterator[Item]:
    """Find the domain of packages."""
    for each in place.pages("codeartifact", "list_domains", "domains"):
        if each["name"] == place.names.packages:
            yield Item("package domain", each["name"], is_data=True)


def package_repositories(place: Place) -> Iterator[Item]:
    """Find the repositories of that domain; their packages go with them."""
    listing = ("codeartifact", "list_repositories_in_domain", "repositories")
    for domain in domains(place):
        for each in place.pages(*listing, domain=domain.name):
            yield Item("package repository", f"{domain.name}/{each['name']}", is_data=True)


def package_groups(place: Place) -> Iterator[Item]:
    """Find the groups of packages that a person made."""
    listing = ("codeartifact", "list_package_groups", "packageGroups")
    for domain in domains(place):
        for each in place.pages(*listing, domain=domain.name):
            if each["pattern"] != _ROOT_OF_PACKAGES:
                name = f"{domain.name}{each['pattern']}"
                yield Item("package group", name, ids=(each["arn"],), is_data=True)


def keys(place: Place) -> Iterator[Item]:
    """Find keys by their tag, except those that wait for their deletion."""
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
                continue  # AWS's own, or one whose owner grants no access
            raise
        if described["KeyState"] != "PendingDeletion":
            yield Item("key", identity, ids=(described["Arn"],), is_data=True)


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


def policies(place: Place) -> Iterator[Item]:
    """Find managed policies."""
    for each in place.pages("iam", "list_policies", "Policies", Scope="Local"):
        if place.is_ours(each["PolicyName"]):
            yield Item("managed policy", each["PolicyName"], ids=(each["Arn"],))


def interfaces(place: Place) -> Iterator[Item]:
    """Find network interfaces in the environment's security groups and VPCs; used ones say so."""
    seen = set()
    for name, operation, field, key in (
        ("group-id", "describe_security_groups", "SecurityGroups", "GroupId"),
        ("vpc-id", "describe_vpcs", "Vpcs", "VpcId"),
    ):
        holders = [each.name for each in tagged("", operation, field, key, place)]
        if not holders:
            continue
        only = [{"Name": name, "Values": holders}]
        for each in place.pages(
            "ec2", "describe_network_interfaces", "NetworkInterfaces", Filters=only
        ):
            identity = each["NetworkInterfaceId"]
            if identity not in seen and each.get("InterfaceType") != "vpc_endpoint":
                seen.add(identity)
                free = each.get("Status") == "available"
                why = "" if free else f"attached: {each.get('Description') or 'by AWS'}"
                yield Item("network interface", identity, why)


def tagged(words: str, operation: str, field: str, key: str, place: Place) -> Iterator[Item]:
    """Find resources with EC2 ids, by the environment's tag."""
    wanted = [{"Name": f"tag:{ENVIRONMENT_TAG}", "Values": [place.settings.name]}]
    argument = "Filter" if operation == "describe_flow_logs" else "Filters"
    request: dict[str, Any] = {argument: wanted}
    for each in place.pages("ec2", operation, field, **request):
        if str(each.get("State", "")).lower() not in {"deleted", "deleting"}:
            yield Item(words, each[key])


def _is_our_group(place: Place, name: str) -> bool:
    begins = (f"/aws/{service}/{place.dash}" for service in _LOGGING_SERVICES)
    return name.startswith((f"/{place.names.prefix}/", *begins))
