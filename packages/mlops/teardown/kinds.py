"""Every kind of thing that an environment can leave behind: how it is found, how deleted.

A test compares the types of the synthesized templates with `KINDS`.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING

from mlops.teardown import finding, networks, removing
from mlops.teardown.plan import Item

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

    from mlops.teardown.place import Place

    Find = Callable[[Place], Iterable[Item]]
    Remove = Callable[[Place, Item], object]

STACK, BUCKET, KEY, LOG_GROUP = "stack", "bucket", "key", "log group"
GROUP, VERSION, PIPELINE = "model package group", "model package", "SageMaker pipeline"


@dataclass(frozen=True)
class Kind:
    """One kind of resource."""

    words: str
    types: tuple[str, ...]
    find: Find
    remove: Remove | None = None
    is_data: bool = False


@dataclass(frozen=True)
class _Listing:
    """An operation that lists things by name."""

    service: str
    operation: str
    field: str
    name: str = ""
    begins: str = ""

    def of(self, words: str, place: Place, *, is_data: bool = False) -> Iterator[Item]:
        """Find what has the environment's names."""
        for each in place.pages(self.service, self.operation, self.field):
            name = each[self.name] if self.name else each
            if name.startswith(self.begins) and place.is_ours(name.removeprefix(self.begins)):
                yield Item(words, name, is_data=is_data)


def _named(words: str, resource_type: str, listing: _Listing, operation: str, by: str) -> Kind:
    """Make a kind that is listed by name, and deleted by an operation that takes it."""
    find = partial(listing.of, words)
    remove = partial(removing.by_name, listing.service, operation, by)
    return Kind(words, (resource_type,), find, remove)


def _data(words: str, resource_type: str, find: Find, remove: Remove | None = None) -> Kind:
    return Kind(words, (resource_type,), find, remove, is_data=True)


_GROUPS = _Listing(
    *("sagemaker", "list_model_package_groups", "ModelPackageGroupSummaryList"),
    name="ModelPackageGroupName",
)
_DELETE_GROUP = ("sagemaker", "delete_model_package_group", "ModelPackageGroupName")
_DELIVERIES = (
    _named(
        "delivery pipeline",
        "AWS::CodePipeline::Pipeline",
        _Listing("codepipeline", "list_pipelines", "pipelines", "name"),
        "delete_pipeline",
        "name",
    ),
    Kind("build record", (), finding.builds, removing.build),
    _named(
        "build project",
        "AWS::CodeBuild::Project",
        _Listing("codebuild", "list_projects", "projects"),
        "delete_project",
        "name",
    ),
    Kind(
        "report group",
        ("AWS::CodeBuild::ReportGroup",),
        finding.report_groups,
        removing.report_group,
    ),
)
_PIPELINES = (
    _named(
        PIPELINE,
        "AWS::SageMaker::Pipeline",
        _Listing("sagemaker", "list_pipelines", "PipelineSummaries", "PipelineName"),
        "delete_pipeline",
        "PipelineName",
    ),
    Kind("SageMaker model", (), finding.models, removing.model),
)
# What belongs to them has to be parted from them first; by hand, as it was put together.
_CATALOG = (
    Kind("portfolio", ("AWS::ServiceCatalog::Portfolio",), finding.portfolios),
    Kind("product", ("AWS::ServiceCatalog::CloudFormationProduct",), finding.products),
)
_EVENTS = (
    Kind("schedule", ("AWS::Scheduler::Schedule",), finding.schedules, removing.schedule),
    _named(
        "schedule group",
        "AWS::Scheduler::ScheduleGroup",
        _Listing("scheduler", "list_schedule_groups", "ScheduleGroups", "Name"),
        "delete_schedule_group",
        "Name",
    ),
    Kind("rule", ("AWS::Events::Rule",), finding.rules, removing.rule),
    _named(
        "event bus",
        "AWS::Events::EventBus",
        _Listing("events", "list_event_buses", "EventBuses", "Name"),
        "delete_event_bus",
        "Name",
    ),
    Kind(
        "alarm",
        ("AWS::CloudWatch::CompositeAlarm", "AWS::CloudWatch::Alarm"),
        finding.alarms,
        removing.alarm,
    ),
    Kind("dashboard", ("AWS::CloudWatch::Dashboard",), finding.dashboards, removing.dashboard),
    Kind("topic", ("AWS::SNS::Topic",), finding.topics, removing.topic),
    Kind("queue", ("AWS::SQS::Queue",), finding.queues, removing.queue),
)
_FUNCTIONS = (
    _named(
        "function",
        "AWS::Lambda::Function",
        _Listing("lambda", "list_functions", "Functions", "FunctionName"),
        "delete_function",
        "FunctionName",
    ),
    Kind("layer version", ("AWS::Lambda::LayerVersion",), finding.layers, removing.layer),
)
_FACTS = (
    Kind("work group", ("AWS::Athena::WorkGroup",), finding.work_groups, removing.work_group),
    Kind("table", ("AWS::Glue::Table",), finding.tables, removing.table),
    Kind("database", ("AWS::Glue::Database",), finding.databases, removing.database),
    Kind("SSM parameter", ("AWS::SSM::Parameter",), finding.parameters, removing.parameter),
    Kind("metric filter", ("AWS::Logs::MetricFilter",), finding.filters, removing.filter_),
)
_DATA = (
    Kind(VERSION, (), finding.versions, removing.version, is_data=True),
    _data(
        GROUP,
        "AWS::SageMaker::ModelPackageGroup",
        partial(_GROUPS.of, GROUP, is_data=True),
        partial(removing.by_name, *_DELETE_GROUP),
    ),
    _data(LOG_GROUP, "AWS::Logs::LogGroup", finding.log_groups, removing.log_group),
    _data("source repository", "AWS::CodeCommit::Repository", finding.repositories),
    _data("package repository", "AWS::CodeArtifact::Repository", finding.package_repositories),
    _data("package group", "AWS::CodeArtifact::PackageGroup", finding.package_groups),
    _data("package domain", "AWS::CodeArtifact::Domain", finding.domains),
    _data(
        BUCKET,
        "AWS::S3::Bucket",
        partial(_Listing("s3", "list_buckets", "Buckets", "Name").of, BUCKET, is_data=True),
    ),
    _data(KEY, "AWS::KMS::Key", finding.keys),
)
_IDENTITIES = (
    _named(
        "key alias",
        "AWS::KMS::Alias",
        _Listing("kms", "list_aliases", "Aliases", "AliasName", begins="alias/"),
        "delete_alias",
        "AliasName",
    ),
    Kind("role", ("AWS::IAM::Role",), networks.roles, removing.role),
    Kind("managed policy", ("AWS::IAM::ManagedPolicy",), networks.policies, removing.policy),
)


def _tagged(words: str, kind: str, operation: str, field: str, key: str) -> Kind:
    """Return a kind with EC2 ids; what was made by hand must be deleted by hand."""
    return Kind(
        words,
        (f"AWS::EC2::{kind}",),
        partial(networks.tagged, words, operation, field, key),
    )


_NETWORK = (
    Kind("network interface", (), networks.interfaces, removing.interface),
    _tagged("flow log", "FlowLog", "describe_flow_logs", "FlowLogs", "FlowLogId"),
    _tagged("endpoint", "VPCEndpoint", "describe_vpc_endpoints", "VpcEndpoints", "VpcEndpointId"),
    _tagged(
        "security group", "SecurityGroup", "describe_security_groups", "SecurityGroups", "GroupId"
    ),
    _tagged("route table", "RouteTable", "describe_route_tables", "RouteTables", "RouteTableId"),
    _tagged("subnet", "Subnet", "describe_subnets", "Subnets", "SubnetId"),
    _tagged("VPC", "VPC", "describe_vpcs", "Vpcs", "VpcId"),
    _tagged("DHCP options", "DHCPOptions", "describe_dhcp_options", "DhcpOptions", "DhcpOptionsId"),
)
# In the order in which they are deleted: what uses others comes first.
KINDS: tuple[Kind, ...] = (
    *(
        *_DELIVERIES,
        *_CATALOG,
        *_PIPELINES,
        *_EVENTS,
        *_FUNCTIONS,
        *_FACTS,
        *_DATA,
        *_IDENTITIES,
        *_NETWORK,
    ),
    Kind(STACK, (), finding.stacks),
)


def kind_of(words: str) -> Kind:
    """Return a kind by name."""
    return next(each for each in KINDS if each.words == words)


def everything(place: Place) -> list[Item]:
    """Find everything with the environment's names or tag."""
    return [item for kind in KINDS for item in sorted(set(kind.find(place)))]
