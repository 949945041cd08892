"""``AWS::SSM``: parameters."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from pipeline_local.cloudformation.api_type import ApiType, Change, picked, retag
from pipeline_local.cloudformation.resource_type import NotFoundError
from pipeline_local.cloudformation.service_api import as_pairs

if TYPE_CHECKING:
    from collections.abc import Mapping

    from pipeline_local.cloudformation.resource_type import Context, ResourceType
    from pipeline_local.cloudformation.service_api import Api

_TOLD = ("AllowedPattern", "DataType", "Description", "Tier", "Type")


class Parameter(ApiType):
    """A parameter; its tags are an object."""

    name = "AWS::SSM::Parameter"
    service = "ssm"
    made_with = (*_TOLD, "Value", "Tags")
    properties = frozenset({*made_with, "Name"})

    def make(self, api: Api, context: Context, properties: Mapping[str, Any]) -> str:
        """Create the parameter."""
        name = properties.get("Name") or context.generated_name
        api("put_parameter", Name=name, **picked(properties, self.made_with))
        return str(name)

    def configure(self, api: Api, physical_id: str, change: Change) -> None:
        """Put a new version."""
        if change.of("Value", *_TOLD):
            given = picked(change.after, ("Value", *_TOLD))
            given.setdefault("Description", "")
            api("put_parameter", Name=physical_id, Overwrite=True, **given)
        retag(
            api,
            change,
            lambda: {"ResourceType": "Parameter", "ResourceId": physical_id},
            tag="add_tags_to_resource",
            untag="remove_tags_from_resource",
        )

    def attributes(self, api: Api, context: Context, physical_id: str) -> Mapping[str, Any]:
        """Return type and value."""
        del context
        return picked(_parameter(api, physical_id), ("Type", "Value"))

    def found(self, api: Api, physical_id: str) -> Mapping[str, Any]:
        """Read the parameter."""
        parameter = _parameter(api, physical_id)
        filters = [{"Key": "Name", "Option": "Equals", "Values": [physical_id]}]
        described = api.every("describe_parameters", "Parameters", ParameterFilters=filters)
        tags = api("list_tags_for_resource", ResourceType="Parameter", ResourceId=physical_id).get(
            "TagList"
        )
        return {
            **picked({**described[0], **parameter}, ("Name", "Value", *_TOLD)),
            "Tags": dict(as_pairs(tags)),
        }

    def remove(self, api: Api, physical_id: str, properties: Mapping[str, Any]) -> None:
        """Delete the parameter."""
        del properties
        api.unless_gone("delete_parameter", Name=physical_id)


def _parameter(api: Api, name: str) -> dict[str, Any]:
    # A name with a slash would be read as an ARN's, so it is asked for as it is.
    found = api("get_parameters", Names=[name])["Parameters"]
    if not found:
        raise NotFoundError(f"Parameter {name} not found.")
    parameter: dict[str, Any] = found[0]
    return parameter


TYPES: tuple[ResourceType, ...] = (Parameter(),)
