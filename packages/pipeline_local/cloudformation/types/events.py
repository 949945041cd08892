"""Resource types of EventBridge.

Source: https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/AWS_Events.html
"""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Any

from pipeline_local.cloudformation.api_type import TAGS, ApiType, Change, below, retag
from pipeline_local.cloudformation.resource_type import NotFoundError, ResourceError
from pipeline_local.cloudformation.service_api import as_document
from pipeline_local.cloudformation.types.api_shapes import chosen

if TYPE_CHECKING:
    from collections.abc import Mapping

    from pipeline_local.cloudformation.resource_type import Context, ResourceType
    from pipeline_local.cloudformation.service_api import Api

_DEFAULT = "default"


class Rule(ApiType):
    """``AWS::Events::Rule``; ``Ref`` of a rule on a bus of its own is bus and name."""

    name = "AWS::Events::Rule"
    service = "events"
    made_with = (
        *("Description", "EventBusName", "EventPattern", "RoleArn", "ScheduleExpression"),
        *("State", "Tags", "Targets"),
    )
    properties = (
        frozenset({*made_with, "Name"}) - {"Tags", "Targets"}
        | TAGS
        | below("Targets", "Arn", "Id", "Input", "InputPath", "RoleArn")
        | below("Targets", "DeadLetterConfig.Arn", "RetryPolicy.MaximumEventAgeInSeconds")
        | below("Targets", "InputTransformer.InputPathsMap", "InputTransformer.InputTemplate")
        | below("Targets", "RetryPolicy.MaximumRetryAttempts")
        | below("Targets", "SageMakerPipelineParameters", "SqsParameters.MessageGroupId")
    )

    def make(self, api: Api, context: Context, properties: Mapping[str, Any]) -> str:
        """Create the rule and its targets."""
        name = properties.get("Name") or context.generated_name
        rule = {"Name": name, "EventBusName": properties.get("EventBusName") or _DEFAULT}
        if api.unless_gone("describe_rule", **rule):
            raise ResourceError(f"Rule {name} already exists on EventBus {rule['EventBusName']}.")
        settings = {key: properties[key] for key in self.made_with if key in properties}
        targets = settings.pop("Targets", None)
        api("put_rule", **{**settings, **rule})
        if targets:
            try:
                _put_targets(api, rule, targets)
            except ResourceError:
                api("delete_rule", **rule)
                raise
        bus = rule["EventBusName"].rpartition("/")[2]
        return str(name if bus == _DEFAULT else f"{bus}|{name}")

    def configure(self, api: Api, physical_id: str, change: Change) -> None:
        """Put the rule as it shall be; put and remove targets; change tags."""
        rule, after = _rule(physical_id), change.after
        if change.of("Description", "EventPattern", "RoleArn", "ScheduleExpression", "State"):
            unchanged = {"Tags", "Targets", "Name", "EventBusName"}
            settings = {key: value for key, value in after.items() if key not in unchanged}
            api("put_rule", **{**settings, **rule})
        come, go = change.items("Targets")
        kept = {target["Id"] for target in after.get("Targets") or ()}
        if gone := [target["Id"] for target in go if target["Id"] not in kept]:
            api("remove_targets", **_of(rule), Ids=gone)
        if come:
            _put_targets(api, rule, come)
        retag(api, change, lambda: {"ResourceARN": api("describe_rule", **rule)["Arn"]})

    def attributes(self, api: Api, _context: Context, physical_id: str) -> Mapping[str, Any]:
        """Return the ARN."""
        return {"Arn": api("describe_rule", **_rule(physical_id))["Arn"]}

    def found(self, api: Api, physical_id: str) -> Mapping[str, Any]:
        """Return the rule with its targets."""
        rule = _rule(physical_id)
        found = api("describe_rule", **rule)
        if "EventPattern" in found:
            found["EventPattern"] = as_document(found["EventPattern"])
        found["Targets"] = api.every("list_targets_by_rule", "Targets", **_of(rule))
        found["Tags"] = api("list_tags_for_resource", ResourceARN=found["Arn"])["Tags"]
        return chosen(self.properties, found)

    def remove(self, api: Api, physical_id: str, _properties: Mapping[str, Any]) -> None:
        """Remove the targets and delete the rule."""
        rule = _rule(physical_id)
        targets = api.unless_gone("list_targets_by_rule", **_of(rule)).get("Targets")
        if targets:
            api("remove_targets", **_of(rule), Ids=[target["Id"] for target in targets])
        api.unless_gone("delete_rule", **rule)


def _rule(physical_id: str) -> dict[str, str]:
    bus, _, name = physical_id.rpartition("|")
    return {"Name": name, "EventBusName": bus or _DEFAULT}


def _of(rule: Mapping[str, str]) -> dict[str, str]:
    return {"Rule": rule["Name"], "EventBusName": rule["EventBusName"]}


def _put_targets(api: Api, rule: Mapping[str, str], targets: list[Any]) -> None:
    answer = api("put_targets", **_of(rule), Targets=targets)
    for failed in answer.get("FailedEntries") or ():
        raise ResourceError(failed["ErrorMessage"])


class EventBus(ApiType):
    """``AWS::Events::EventBus``."""

    name = "AWS::Events::EventBus"
    service = "events"
    made_with = ("DeadLetterConfig", "Description", "KmsKeyIdentifier", "Tags")
    properties = (
        frozenset({"Description", "KmsKeyIdentifier", "Name", "Policy"})
        | below("DeadLetterConfig", "Arn")
        | TAGS
    )

    def make(self, api: Api, _context: Context, properties: Mapping[str, Any]) -> str:
        """Create the bus."""
        settings = {key: properties[key] for key in self.made_with if key in properties}
        api("create_event_bus", Name=properties["Name"], **settings)
        return str(properties["Name"])

    def configure(self, api: Api, physical_id: str, change: Change) -> None:
        """Change what differs; a policy replaces the former."""
        after = change.after
        defaults = {"DeadLetterConfig": {}, "Description": "", "KmsKeyIdentifier": ""}
        if change.of(*defaults):
            settings = {name: after.get(name, default) for name, default in defaults.items()}
            api("update_event_bus", Name=physical_id, **settings)
        if change.of("Policy"):
            bus = {"EventBusName": physical_id}
            if change.before.get("Policy"):
                api("remove_permission", **bus, RemoveAllPermissions=True)
            if after.get("Policy"):
                api("put_permission", **bus, Policy=after["Policy"])
        described = partial(api, "describe_event_bus", Name=physical_id)
        retag(api, change, lambda: {"ResourceARN": described()["Arn"]})

    def attributes(self, api: Api, _context: Context, physical_id: str) -> Mapping[str, Any]:
        """Return ARN and name."""
        return {"Arn": api("describe_event_bus", Name=physical_id)["Arn"], "Name": physical_id}

    def found(self, api: Api, physical_id: str) -> Mapping[str, Any]:
        """Return the bus with its policy."""
        found = api("describe_event_bus", Name=physical_id)
        if "Policy" in found:
            found["Policy"] = as_document(found["Policy"])
        found["Tags"] = api("list_tags_for_resource", ResourceARN=found["Arn"])["Tags"]
        return chosen(self.properties, found)

    def remove(self, api: Api, physical_id: str, _properties: Mapping[str, Any]) -> None:
        """Delete the bus, which may have no rules."""
        try:
            api("describe_event_bus", Name=physical_id)
        except NotFoundError:
            return
        api("delete_event_bus", Name=physical_id)


TYPES: tuple[ResourceType, ...] = (Rule(), EventBus())
