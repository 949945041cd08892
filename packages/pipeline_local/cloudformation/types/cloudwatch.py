"""``AWS::CloudWatch``: alarms and dashboards."""

from __future__ import annotations

from abc import abstractmethod
from typing import TYPE_CHECKING, Any

from pipeline_local.cloudformation.api_type import TAGS, Change, PutType, below, picked, retag
from pipeline_local.cloudformation.resource_type import NotFoundError
from pipeline_local.cloudformation.service_api import as_tags

if TYPE_CHECKING:
    from collections.abc import Mapping

    from pipeline_local.cloudformation.resource_type import Context, ResourceType
    from pipeline_local.cloudformation.service_api import Api

_ACTIONS = ("ActionsEnabled", "AlarmActions", "InsufficientDataActions", "OKActions")


class _Tagged(PutType):
    """What CloudWatch puts by name, replacing another one, and tags by ARN."""

    service = "cloudwatch"

    @abstractmethod
    def described(self, api: Api, physical_id: str) -> Mapping[str, Any]:
        """Return CloudWatch's description, with an ``Arn``."""

    def configure(self, api: Api, physical_id: str, change: Change) -> None:
        """Put it anew, and set its tags."""
        super().configure(api, physical_id, change)
        retag(api, change, lambda: {"ResourceARN": self.described(api, physical_id)["Arn"]})

    def found(self, api: Api, physical_id: str) -> Mapping[str, Any]:
        """Read it."""
        described = self.described(api, physical_id)
        tags = api("list_tags_for_resource", ResourceARN=described["Arn"])["Tags"]
        return {**picked(described, (self.named, *self.made_with)), "Tags": as_tags(tags)}


class _Alarm(_Tagged):
    """An alarm."""

    named = "AlarmName"
    listed: str

    def attributes(self, api: Api, context: Context, physical_id: str) -> Mapping[str, Any]:
        """Return the ARN."""
        del context
        return picked(self.described(api, physical_id), ("Arn",))

    def described(self, api: Api, physical_id: str) -> Mapping[str, Any]:
        """Return CloudWatch's description."""
        kinds = ["MetricAlarm", "CompositeAlarm"]
        found = api("describe_alarms", AlarmNames=[physical_id], AlarmTypes=kinds).get(self.listed)
        if not found:
            raise NotFoundError(f"Alarm {physical_id} does not exist")
        return {**found[0], "Arn": found[0]["AlarmArn"]}

    def remove(self, api: Api, physical_id: str, properties: Mapping[str, Any]) -> None:
        """Delete the alarm."""
        del properties
        api.unless_gone("delete_alarms", AlarmNames=[physical_id])


class Alarm(_Alarm):
    """An alarm of a metric, or of an expression."""

    name = "AWS::CloudWatch::Alarm"
    operation = "put_metric_alarm"
    listed = "MetricAlarms"
    made_with = (
        *_ACTIONS,
        "AlarmDescription",
        "ComparisonOperator",
        "DatapointsToAlarm",
        "Dimensions",
        "EvaluateLowSampleCountPercentile",
        "EvaluationPeriods",
        "ExtendedStatistic",
        "MetricName",
        "Metrics",
        "Namespace",
        "Period",
        "Statistic",
        "Threshold",
        "ThresholdMetricId",
        "TreatMissingData",
        "Unit",
    )
    properties = (
        (frozenset({"AlarmName", *made_with}) - {"Dimensions", "Metrics"})
        | below("Dimensions", "Name", "Value")
        | below("Metrics", "Expression", "Id", "Label", "Period", "ReturnData")
        | below("Metrics.MetricStat", "Period", "Stat", "Unit")
        | below("Metrics.MetricStat.Metric", "MetricName", "Namespace")
        | below("Metrics.MetricStat.Metric.Dimensions", "Name", "Value")
        | TAGS
    )


class CompositeAlarm(_Alarm):
    """An alarm of other alarms."""

    name = "AWS::CloudWatch::CompositeAlarm"
    operation = "put_composite_alarm"
    listed = "CompositeAlarms"
    made_with = (*_ACTIONS, "AlarmDescription", "AlarmRule")
    properties = frozenset({"AlarmName", *made_with}) | TAGS


class Dashboard(_Tagged):
    """A dashboard, whose body is text."""

    name = "AWS::CloudWatch::Dashboard"
    operation = "put_dashboard"
    named = "DashboardName"
    made_with = ("DashboardBody",)
    properties = frozenset({"DashboardName", *made_with}) | TAGS

    def described(self, api: Api, physical_id: str) -> Mapping[str, Any]:
        """Return the dashboard."""
        answer = api("get_dashboard", DashboardName=physical_id)
        return {**answer, "Arn": answer["DashboardArn"]}

    def remove(self, api: Api, physical_id: str, properties: Mapping[str, Any]) -> None:
        """Delete the dashboard."""
        del properties
        api.unless_gone("delete_dashboards", DashboardNames=[physical_id])


TYPES: tuple[ResourceType, ...] = (Alarm(), CompositeAlarm(), Dashboard())
