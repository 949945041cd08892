"""``AWS::KMS``: keys and aliases."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from pipeline_local.cloudformation.api_type import TAGS, ApiType, Change, picked, retag
from pipeline_local.cloudformation.resource_type import NotFoundError
from pipeline_local.cloudformation.service_api import as_boolean, as_document, as_tags

if TYPE_CHECKING:
    from collections.abc import Mapping

    from pipeline_local.cloudformation.resource_type import Context, ResourceType
    from pipeline_local.cloudformation.service_api import Api

_LONGEST_WINDOW = 30  # days, and the default


class Key(ApiType):
    """A key, which is deleted after a window of days."""

    name = "AWS::KMS::Key"
    service = "kms"
    made_with = ("Description", "KeySpec", "KeyUsage", "MultiRegion", "Tags")
    properties = (
        frozenset({*made_with, "Enabled", "EnableKeyRotation", "KeyPolicy", "PendingWindowInDays"})
        | TAGS
    )

    def make(self, api: Api, context: Context, properties: Mapping[str, Any]) -> str:
        """Create the key, with its policy."""
        del context
        policy = properties.get("KeyPolicy")
        answer = api("create_key", Policy=policy, **picked(properties, self.made_with))
        return str(answer["KeyMetadata"]["KeyId"])

    def configure(self, api: Api, physical_id: str, change: Change) -> None:
        """Change policy, rotation and state."""
        key, after = {"KeyId": physical_id}, change.after
        if change.of("KeyPolicy"):
            api("put_key_policy", **key, PolicyName="default", Policy=after["KeyPolicy"])
        if change.of("Description"):
            api("update_key_description", **key, Description=after.get("Description", ""))
        if change.of("EnableKeyRotation"):
            rotates = as_boolean(after.get("EnableKeyRotation"))
            api("enable_key_rotation" if rotates else "disable_key_rotation", **key)
        if change.of("Enabled"):
            api("enable_key" if as_boolean(after.get("Enabled", True)) else "disable_key", **key)
        retag(api, change, lambda: key)

    def attributes(self, api: Api, context: Context, physical_id: str) -> Mapping[str, Any]:
        """Return ARN and id."""
        del context
        return {"Arn": _metadata(api, physical_id)["Arn"], "KeyId": physical_id}

    def found(self, api: Api, physical_id: str) -> Mapping[str, Any]:
        """Read the key; one that waits for its deletion is gone, as CloudFormation sees it."""
        key = {"KeyId": physical_id}
        metadata = _metadata(api, physical_id)
        if metadata["KeyState"] == "PendingDeletion":
            raise NotFoundError(f"{metadata['Arn']} is pending deletion")
        policy = api("get_key_policy", **key, PolicyName="default")["Policy"]
        return {
            **picked(metadata, self.made_with),
            "Enabled": metadata["Enabled"],
            "EnableKeyRotation": api("get_key_rotation_status", **key)["KeyRotationEnabled"],
            "KeyPolicy": as_document(policy),
            "Tags": as_tags(api.every("list_resource_tags", "Tags", **key)),
        }

    def remove(self, api: Api, physical_id: str, properties: Mapping[str, Any]) -> None:
        """Let the key wait for its deletion."""
        key = {"KeyId": physical_id}
        found = api.unless_gone("describe_key", **key)
        if found and found["KeyMetadata"]["KeyState"] != "PendingDeletion":
            days = properties.get("PendingWindowInDays") or _LONGEST_WINDOW
            api("schedule_key_deletion", **key, PendingWindowInDays=days)


class Alias(ApiType):
    """A name of a key."""

    name = "AWS::KMS::Alias"
    service = "kms"
    made_with = ("AliasName", "TargetKeyId")
    properties = frozenset(made_with)

    def make(self, api: Api, context: Context, properties: Mapping[str, Any]) -> str:
        """Create the alias."""
        del context
        api("create_alias", **picked(properties, self.made_with))
        return str(properties["AliasName"])

    def configure(self, api: Api, physical_id: str, change: Change) -> None:
        """Let it name another key."""
        if change.of("TargetKeyId"):
            api("update_alias", AliasName=physical_id, TargetKeyId=change.after["TargetKeyId"])

    def found(self, api: Api, physical_id: str) -> Mapping[str, Any]:
        """Read the alias; KMS answers the key's id, the template may have its ARN."""
        for alias in api.every("list_aliases", "Aliases"):
            if alias["AliasName"] == physical_id:
                key = _metadata(api, alias["TargetKeyId"])["Arn"]
                return {"AliasName": physical_id, "TargetKeyId": key}
        raise NotFoundError(f"Alias {physical_id} is not found.")

    def remove(self, api: Api, physical_id: str, properties: Mapping[str, Any]) -> None:
        """Delete the alias."""
        del properties
        api.unless_gone("delete_alias", AliasName=physical_id)


def _metadata(api: Api, key: str) -> dict[str, Any]:
    metadata: dict[str, Any] = api("describe_key", KeyId=key)["KeyMetadata"]
    return metadata


TYPES: tuple[ResourceType, ...] = (Key(), Alias())
