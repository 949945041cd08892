"""``AWS::Logs``: log groups, metric filters and resource policies."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from pipeline_local.cloudformation.api_type import (
    TAGS,
    ApiType,
    Change,
    PutType,
    below,
    picked,
    retag,
)
from pipeline_local.cloudformation.resource_type import NotFoundError, ResourceError
from pipeline_local.cloudformation.service_api import as_tags, capitalized

if TYPE_CHECKING:
    from collections.abc import Mapping

    from pipeline_local.cloudformation.resource_type import Context, ResourceType
    from pipeline_local.cloudformation.service_api import Api


class LogGroup(ApiType):
    """A log group."""

    name = "AWS::Logs::LogGroup"
    service = "logs"
    made_with = ("KmsKeyId", "LogGroupClass", "Tags")
    properties = frozenset({"KmsKeyId", "LogGroupClass", "LogGroupName", "RetentionInDays"}) | TAGS

    def make(self, api: Api, context: Context, properties: Mapping[str, Any]) -> str:
        """Create the log group."""
        name = str(properties.get("LogGroupName") or context.generated_name)
        try:
            api("create_log_group", LogGroupName=name, **picked(properties, self.made_with))
        except ResourceError as error:
            if "already exists" not in str(error):
                raise
            identifier = f'{{"/properties/LogGroupName":"{name}"}}'  # in CloudFormation's words
            words = f"Resource of type '{self.name}' with identifier '{identifier}' already exists."
            raise ResourceError(words) from error
        return name

    def configure(self, api: Api, physical_id: str, change: Change) -> None:
        """Change how long logs are kept, and the key."""
        group = {"LogGroupName": physical_id}
        if change.of("RetentionInDays"):
            days = change.after.get("RetentionInDays")
            if days:
                api("put_retention_policy", **group, RetentionInDays=days)
            else:
                api("delete_retention_policy", **group)
        if change.of("KmsKeyId"):
            key = change.after.get("KmsKeyId")
            if key:
                api("associate_kms_key", **group, KmsKeyId=key)
            else:
                api("disassociate_kms_key", **group)
        retag(api, change, lambda: group, tag="tag_log_group", untag="untag_log_group", keys="Tags")

    def attributes(self, api: Api, context: Context, physical_id: str) -> Mapping[str, Any]:
        """Return the ARN, with the end that stands for its streams."""
        del context
        return {"Arn": _described(api, physical_id)["arn"]}

    def found(self, api: Api, physical_id: str) -> Mapping[str, Any]:
        """Read the log group."""
        group = capitalized(_described(api, physical_id))
        tags = api("list_tags_log_group", LogGroupName=physical_id)["tags"]
        read = picked(group, ("KmsKeyId", "LogGroupClass", "LogGroupName", "RetentionInDays"))
        return {**read, "Tags": as_tags(tags)}

    def remove(self, api: Api, physical_id: str, properties: Mapping[str, Any]) -> None:
        """Delete the log group and its logs."""
        del properties
        api.unless_gone("delete_log_group", LogGroupName=physical_id)


class MetricFilter(ApiType):
    """A filter that counts in a log group; its physical id has both names."""

    name = "AWS::Logs::MetricFilter"
    service = "logs"
    made_with = ("FilterPattern", "LogGroupName", "MetricTransformations")
    properties = frozenset({"FilterName", "FilterPattern", "LogGroupName"}) | below(
        "MetricTransformations",
        "DefaultValue",
        "MetricName",
        "MetricNamespace",
        "MetricValue",
        "Unit",
        *("Dimensions.Key", "Dimensions.Value"),
    )

    def make(self, api: Api, context: Context, properties: Mapping[str, Any]) -> str:
        """Put the filter."""
        name = str(properties.get("FilterName") or context.generated_name)
        api("put_metric_filter", FilterName=name, **picked(properties, self.made_with))
        return f"{properties['LogGroupName']}|{name}"

    def configure(self, api: Api, physical_id: str, change: Change) -> None:
        """Put it anew."""
        if change.of("FilterPattern", "MetricTransformations"):
            name = physical_id.split("|")[1]
            api("put_metric_filter", FilterName=name, **picked(change.after, self.made_with))

    def found(self, api: Api, physical_id: str) -> Mapping[str, Any]:
        """Read the filter."""
        group, name = physical_id.split("|")
        named = {"LogGroupName": group, "FilterNamePrefix": name}
        for found in api.every("describe_metric_filters", "metricFilters", **named):
            if found["filterName"] == name:
                for each in found["metricTransformations"]:
                    if each.get("dimensions"):
                        each["dimensions"] = as_tags(each["dimensions"])
                return picked(capitalized(found), ("FilterName", *self.made_with))
        raise NotFoundError("The specified metric filter does not exist.")

    def remove(self, api: Api, physical_id: str, properties: Mapping[str, Any]) -> None:
        """Delete the filter."""
        del properties
        group, name = physical_id.split("|")
        api.unless_gone("delete_metric_filter", LogGroupName=group, FilterName=name)


class ResourcePolicy(PutType):
    """Who of other services may write logs."""

    name = "AWS::Logs::ResourcePolicy"
    service = "logs"
    operation = "put_resource_policy"
    named = "PolicyName"
    made_with = ("PolicyDocument",)
    properties = frozenset({"PolicyDocument", "PolicyName"})

    def found(self, api: Api, physical_id: str) -> Mapping[str, Any]:
        """Read the policy."""
        for policy in api.every("describe_resource_policies", "resourcePolicies"):
            if policy["policyName"] == physical_id:
                return picked(capitalized(policy), ("PolicyDocument", "PolicyName"))
        raise NotFoundError(f"Policy with name [{physical_id}] does not exist")

    def remove(self, api: Api, physical_id: str, properties: Mapping[str, Any]) -> None:
        """Delete the policy."""
        del properties
        api.unless_gone("delete_resource_policy", PolicyName=physical_id)


def _described(api: Api, name: str) -> dict[str, Any]:
    for group in api.every("describe_log_groups", "logGroups", LogGroupNamePrefix=name):
        if group["logGroupName"] == name:
            described: dict[str, Any] = group
            return described
    raise NotFoundError("The specified log group does not exist.")


TYPES: tuple[ResourceType, ...] = (LogGroup(), MetricFilter(), ResourcePolicy())
