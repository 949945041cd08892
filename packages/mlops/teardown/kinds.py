"""Every kind of resource that an environment can leave behind: how it is found and deleted."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Any

from mlops.teardown import finding, lookups, removing
from mlops.teardown.finding import Listing
from mlops.teardown.kind import Kind
from mlops.teardown.removing import by, the_id, the_name, the_names

if TYPE_CHECKING:
    from collections.abc import Callable

    from mlops.teardown.kind import Find
    from mlops.teardown.place import Place
    from mlops.teardown.plan import Item
    from mlops.teardown.removing import Remove

STACK, BUCKET, KEY, LOG_GROUP = "stack", "bucket", "key", "log group"
GROUP, VERSION, PIPELINE = "model package group", "model package", "SageMaker pipeline"


def _named(
    words: str,
    resource_type: str,
    listing: Listing,
    operation: str,
    parameter: str,
    *,
    value: Callable[[Item], object] = the_name,
    **more: Any,
) -> Kind:
    """Return a kind that is listed by name, and deleted by one call of the same service."""
    remove = by(listing.service, operation, parameter, value, **more)
    return Kind(words, (resource_type,), partial(listing.of, words), remove)


def _data(
    words: str,
    resource_type: str,
    find: Find,
    remove: Remove | None = None,
    by_hand: Remove | None = None,
) -> Kind:
    return Kind(words, (resource_type,), find, remove, is_data=True, by_hand=by_hand)


def _tagged(words: str, kind: str, operation: str, field: str, key: str) -> Kind:
    """Return a kind with EC2 ids; what was made by hand must be deleted by hand."""
    find = partial(finding.tagged, words, operation, field, key)
    return Kind(words, (f"AWS::EC2::{kind}",), find)


_DELIVERIES = (
    _named(
        *("delivery pipeline", "AWS::CodePipeline::Pipeline"),
        Listing("codepipeline", "list_pipelines", "pipelines", "name"),
        *("delete_pipeline", "name"),
    ),
    Kind(
        *("build record", (), finding.builds),
        by("codebuild", "batch_delete_builds", "ids", the_names),
    ),
    _named(
        *("build project", "AWS::CodeBuild::Project"),
        Listing("codebuild", "list_projects", "projects"),
        *("delete_project", "name"),
    ),
    _named(
        *("report group", "AWS::CodeBuild::ReportGroup"),
        Listing("codebuild", "list_report_groups", "reportGroups", after="/"),
        *("delete_report_group", "arn"),
        value=the_id,
        deleteReports=True,
    ),
)
# Members must be detached first; by hand, as they were attached.
_CATALOG = (
    Kind(
        *("portfolio", ("AWS::ServiceCatalog::Portfolio",)),
        partial(
            Listing(
                *("servicecatalog", "list_portfolios", "PortfolioDetails", "DisplayName"),
                identity="Id",
            ).of,
            "portfolio",
        ),
    ),
    Kind("product", ("AWS::ServiceCatalog::CloudFormationProduct",), finding.products),
)
_PIPELINES = (
    _named(
        *(PIPELINE, "AWS::SageMaker::Pipeline"),
        Listing("sagemaker", "list_pipelines", "PipelineSummaries", "PipelineName"),
        *("delete_pipeline", "PipelineName"),
    ),
    Kind(
        *("SageMaker model", (), finding.models),
        by("sagemaker", "delete_model", "ModelName"),
    ),
)
_EVENTS = (
    Kind("schedule", ("AWS::Scheduler::Schedule",), finding.schedules, removing.schedule),
    _named(
        *("schedule group", "AWS::Scheduler::ScheduleGroup"),
        Listing("scheduler", "list_schedule_groups", "ScheduleGroups", "Name"),
        *("delete_schedule_group", "Name"),
    ),
    Kind("rule", ("AWS::Events::Rule",), finding.rules, removing.rule),
    _named(
        *("event bus", "AWS::Events::EventBus"),
        Listing("events", "list_event_buses", "EventBuses", "Name"),
        *("delete_event_bus", "Name"),
    ),
    Kind(
        *("alarm", ("AWS::CloudWatch::CompositeAlarm", "AWS::CloudWatch::Alarm")),
        *(finding.alarms, by("cloudwatch", "delete_alarms", "AlarmNames", the_names)),
    ),
    _named(
        *("dashboard", "AWS::CloudWatch::Dashboard"),
        Listing(
            *("cloudwatch", "list_dashboards", "DashboardEntries", "DashboardName"),
            filter_by="DashboardNamePrefix",
        ),
        *("delete_dashboards", "DashboardNames"),
        value=the_names,
    ),
    _named(
        *("topic", "AWS::SNS::Topic"),
        Listing("sns", "list_topics", "Topics", "TopicArn", after=":"),
        *("delete_topic", "TopicArn"),
        value=the_id,
    ),
    _named(
        *("queue", "AWS::SQS::Queue"),
        Listing("sqs", "list_queues", "QueueUrls", after="/", filter_by="QueueNamePrefix"),
        *("delete_queue", "QueueUrl"),
        value=the_id,
    ),
)
_FUNCTIONS = (
    _named(
        *("function", "AWS::Lambda::Function"),
        Listing("lambda", "list_functions", "Functions", "FunctionName"),
        *("delete_function", "FunctionName"),
    ),
    Kind("layer version", ("AWS::Lambda::LayerVersion",), finding.layers, removing.layer),
)
_FACTS = (
    # The record of its queries goes, their results stay.
    _named(
        *("work group", "AWS::Athena::WorkGroup"),
        Listing("athena", "list_work_groups", "WorkGroups", "Name"),
        *("delete_work_group", "WorkGroup"),
        RecursiveDeleteOption=True,
    ),
    Kind("table", ("AWS::Glue::Table",), finding.tables, removing.table),
    Kind(
        *("database", ("AWS::Glue::Database",), finding.databases),
        by("glue", "delete_database", "Name"),
    ),
    Kind(
        *("SSM parameter", ("AWS::SSM::Parameter",), finding.parameters),
        by("ssm", "delete_parameter", "Name"),
    ),
    Kind("metric filter", ("AWS::Logs::MetricFilter",), finding.filters, removing.filter_),
)
_DATA = (
    Kind(
        *(VERSION, (), finding.versions),
        by("sagemaker", "delete_model_package", "ModelPackageName"),
        is_data=True,
    ),
    _data(
        *(GROUP, "AWS::SageMaker::ModelPackageGroup"),
        partial(
            Listing(
                *("sagemaker", "list_model_package_groups", "ModelPackageGroupSummaryList"),
                "ModelPackageGroupName",
            ).of,
            *(GROUP,),
            is_data=True,
        ),
        by("sagemaker", "delete_model_package_group", "ModelPackageGroupName"),
    ),
    _data(
        *(LOG_GROUP, "AWS::Logs::LogGroup", finding.log_groups),
        by("logs", "delete_log_group", "logGroupName"),
    ),
    _data(
        *("source repository", "AWS::CodeCommit::Repository", finding.repositories),
        by_hand=by("codecommit", "delete_repository", "repositoryName"),
    ),
    _data(
        *("package repository", "AWS::CodeArtifact::Repository", finding.package_repositories),
        by_hand=removing.package_repository,
    ),
    _data(
        *("package group", "AWS::CodeArtifact::PackageGroup", finding.package_groups),
        by_hand=removing.package_group,
    ),
    _data(
        *("package domain", "AWS::CodeArtifact::Domain", finding.domains),
        by_hand=by("codeartifact", "delete_domain", "domain"),
    ),
    _data(
        *(BUCKET, "AWS::S3::Bucket"),
        partial(Listing("s3", "list_buckets", "Buckets", "Name").of, BUCKET, is_data=True),
        by_hand=by("s3", "delete_bucket", "Bucket"),
    ),
    _data(KEY, "AWS::KMS::Key", finding.keys),
)
_IDENTITIES = (
    _named(
        *("key alias", "AWS::KMS::Alias"),
        Listing("kms", "list_aliases", "Aliases", "AliasName", prefix="alias/"),
        *("delete_alias", "AliasName"),
    ),
    Kind(
        *("role", ("AWS::IAM::Role",)),
        partial(Listing("iam", "list_roles", "Roles", "RoleName").of, "role"),
        removing.role,
    ),
    Kind("managed policy", ("AWS::IAM::ManagedPolicy",), finding.policies, removing.policy),
)
_NETWORK = (
    Kind(
        *("network interface", (), finding.interfaces),
        by("ec2", "delete_network_interface", "NetworkInterfaceId"),
    ),
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
    *(*_DELIVERIES, *_CATALOG, *_PIPELINES, *_EVENTS, *_FUNCTIONS, *_FACTS, *_DATA),
    *(*_IDENTITIES, *lookups.KINDS, *_NETWORK, Kind(STACK, (), finding.stacks)),
)


def kind_of(words: str) -> Kind:
    """Return a kind by name."""
    return next(each for each in KINDS if each.words == words)


def everything(place: Place) -> list[Item]:
    """Find everything with the environment's names or tag."""
    return [item for kind in KINDS for item in sorted(set(kind.find(place)))]
