"""Resource types of CodePipeline.

Source: https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/AWS_CodePipeline.html
"""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Any

from pipeline_local.cloudformation.api_type import TAGS, ApiType, Change, below, picked, retag
from pipeline_local.cloudformation.service_api import as_boolean, capitalized
from pipeline_local.cloudformation.types.api_shapes import check_role, chosen

if TYPE_CHECKING:
    from collections.abc import Mapping

    from pipeline_local.cloudformation.resource_type import Context, ResourceType
    from pipeline_local.cloudformation.service_api import Api

_STRUCTURE = (
    *("ArtifactStore", "ExecutionMode", "PipelineType", "RoleArn", "Stages"),
    "Variables",
)


class Pipeline(ApiType):
    """``AWS::CodePipeline::Pipeline``."""

    name = "AWS::CodePipeline::Pipeline"
    service = "codepipeline"
    made_with = (*_STRUCTURE, "Tags")
    properties = (
        frozenset({"ExecutionMode", "Name", "PipelineType", "RestartExecutionOnUpdate", "RoleArn"})
        | below("ArtifactStore", "EncryptionKey.Id", "EncryptionKey.Type", "Location", "Type")
        | below("Stages", "Actions", "Name", "OnFailure.Result")
        | below("Variables", "DefaultValue", "Description", "Name")
        | TAGS
    )

    def make(self, api: Api, context: Context, properties: Mapping[str, Any]) -> str:
        """Create the pipeline. No execution starts: nothing runs here."""
        role = properties["RoleArn"]
        words = f"CodePipeline is not authorized to perform AssumeRole on role {role}"
        check_role(context, role, "codepipeline", words)
        name = properties.get("Name") or context.generated_name
        structure = {"Name": name, **picked(properties, _STRUCTURE)}
        api("create_pipeline", pipeline=structure, **picked(properties, ("Tags",)))
        return str(name)

    def configure(self, api: Api, physical_id: str, change: Change) -> None:
        """Update the structure, which is a version, and tags."""
        if change.of(*_STRUCTURE):
            structure = {"Name": physical_id, **picked(change.after, _STRUCTURE)}
            api("update_pipeline", pipeline=structure)
            if as_boolean(change.after.get("RestartExecutionOnUpdate", False)):
                api("start_pipeline_execution", name=physical_id)
        described = partial(api, "get_pipeline", name=physical_id)
        retag(api, change, lambda: {"resourceArn": described()["metadata"]["pipelineArn"]})

    def attributes(self, api: Api, _context: Context, physical_id: str) -> Mapping[str, Any]:
        """Return the version."""
        return {"Version": str(api("get_pipeline", name=physical_id)["pipeline"]["version"])}

    def found(self, api: Api, physical_id: str) -> Mapping[str, Any]:
        """Return the structure; what a restart would do is CloudFormation's own."""
        answer = api("get_pipeline", name=physical_id)
        found = capitalized(answer["pipeline"], "configuration")
        arn = answer["metadata"]["pipelineArn"]
        tags = api.every("list_tags_for_resource", "tags", resourceArn=arn)
        return chosen(self.properties, {**found, "Tags": tags})

    def remove(self, api: Api, physical_id: str, _properties: Mapping[str, Any]) -> None:
        """Delete the pipeline."""
        api("delete_pipeline", name=physical_id)


TYPES: tuple[ResourceType, ...] = (Pipeline(),)
