"""Resource types of SageMaker AI.

Source: https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/AWS_SageMaker.html
"""

from __future__ import annotations

import uuid
from typing import TYPE_CHECKING, Any

from pipeline_local.cloudformation.api_type import TAGS, ApiType, Change, below, picked, retag
from pipeline_local.cloudformation.resource_type import NotFoundError, ResourceError
from pipeline_local.cloudformation.service_api import as_document
from pipeline_local.cloudformation.types.api_shapes import check_role, chosen

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from pipeline_local.cloudformation.resource_type import Context, ResourceType
    from pipeline_local.cloudformation.service_api import Api

_S3_MEMBERS = {"Bucket": "Bucket", "Key": "ObjectKey", "Version": "VersionId"}


class Pipeline(ApiType):
    """``AWS::SageMaker::Pipeline``; it can be started once it is created."""

    name = "AWS::SageMaker::Pipeline"
    service = "sagemaker"
    made_with = (
        *("ParallelismConfiguration", "PipelineDefinition", "PipelineDescription"),
        *("PipelineDisplayName", "RoleArn", "Tags"),
    )
    properties = (
        frozenset({"PipelineDescription", "PipelineDisplayName", "PipelineName", "RoleArn"})
        | below("ParallelismConfiguration", "MaxParallelExecutionSteps")
        | below("PipelineDefinition", "PipelineDefinitionBody")
        | below("PipelineDefinition.PipelineDefinitionS3Location", *_S3_MEMBERS)
        | TAGS
    )

    def make(self, api: Api, context: Context, properties: Mapping[str, Any]) -> str:
        """Create the pipeline."""
        role = properties["RoleArn"]
        check_role(
            context,
            role,
            "sagemaker",
            f"Could not assume role {role}. Please ensure that the role exists and allows "
            "principal 'sagemaker.amazonaws.com' to assume the role.",
        )
        settings = picked(properties, self.made_with)
        settings |= _definition(settings.pop("PipelineDefinition"))
        token = str(uuid.uuid4())
        api(
            "create_pipeline",
            PipelineName=properties["PipelineName"],
            ClientRequestToken=token,
            **settings,
        )
        return str(properties["PipelineName"])

    def configure(self, api: Api, physical_id: str, change: Change) -> None:
        """Update what differs; each update is a version."""
        names = [name for name in self.made_with if name != "Tags" and change.of(name)]
        if names:
            defaults = {"PipelineDescription": "", "PipelineDisplayName": physical_id}
            settings = {name: change.after.get(name, defaults.get(name)) for name in names}
            if definition := settings.pop("PipelineDefinition", None):
                settings |= _definition(definition)
            api("update_pipeline", PipelineName=physical_id, **settings)
        _retag(api, change, lambda: self._arn(api, physical_id))

    def found(self, api: Api, physical_id: str) -> Mapping[str, Any]:
        """Return the pipeline; its definition as text, wherever it came from."""
        found = api("describe_pipeline", PipelineName=physical_id)
        definition = {"PipelineDefinitionBody": found["PipelineDefinition"]}
        tags = api.every("list_tags", "Tags", ResourceArn=found["PipelineArn"])
        return chosen(self.properties, {**found, "PipelineDefinition": definition, "Tags": tags})

    def remove(self, api: Api, physical_id: str, _properties: Mapping[str, Any]) -> None:
        """Delete the pipeline."""
        token = str(uuid.uuid4())
        api.unless_gone("delete_pipeline", PipelineName=physical_id, ClientRequestToken=token)

    def _arn(self, api: Api, physical_id: str) -> str:
        return str(api("describe_pipeline", PipelineName=physical_id)["PipelineArn"])


def _definition(wanted: Mapping[str, Any]) -> dict[str, Any]:
    if "PipelineDefinitionBody" in wanted:
        return {"PipelineDefinition": wanted["PipelineDefinitionBody"]}
    place = wanted.get("PipelineDefinitionS3Location") or {}
    members = {_S3_MEMBERS[name]: value for name, value in place.items()}
    return {"PipelineDefinitionS3Location": members}


def _retag(api: Api, change: Change, arn: Callable[[], str]) -> None:
    retag(api, change, lambda: {"ResourceArn": arn()}, tag="add_tags", untag="delete_tags")


class ModelPackageGroup(ApiType):
    """``AWS::SageMaker::ModelPackageGroup``, by its ARN."""

    name = "AWS::SageMaker::ModelPackageGroup"
    service = "sagemaker"
    made_with = ("ModelPackageGroupDescription", "ModelPackageGroupName", "Tags")
    properties = frozenset({*made_with, "ModelPackageGroupPolicy"}) - {"Tags"} | TAGS

    def make(self, api: Api, _context: Context, properties: Mapping[str, Any]) -> str:
        """Create the group."""
        made = api("create_model_package_group", **picked(properties, self.made_with))
        return str(made["ModelPackageGroupArn"])

    def configure(self, api: Api, physical_id: str, change: Change) -> None:
        """Put or delete the policy; change tags."""
        group, policy = _group(physical_id), change.after.get("ModelPackageGroupPolicy")
        if change.of("ModelPackageGroupPolicy") and policy:
            api("put_model_package_group_policy", **group, ResourcePolicy=policy)
        elif change.of("ModelPackageGroupPolicy"):
            api("delete_model_package_group_policy", **group)
        _retag(api, change, lambda: physical_id)

    def attributes(self, api: Api, _context: Context, physical_id: str) -> Mapping[str, Any]:
        """Return ARN, status and time of creation."""
        found = api("describe_model_package_group", **_group(physical_id))
        return {
            "CreationTime": found["CreationTime"].isoformat(),
            "ModelPackageGroupArn": physical_id,
            "ModelPackageGroupStatus": found["ModelPackageGroupStatus"],
        }

    def found(self, api: Api, physical_id: str) -> Mapping[str, Any]:
        """Return the group with its policy."""
        group = _group(physical_id)
        try:
            found = api("describe_model_package_group", **group)
        except ResourceError as error:  # SageMaker has no code of its own for this
            raise NotFoundError(str(error)) from error
        found["Tags"] = api.every("list_tags", "Tags", ResourceArn=physical_id)
        try:
            answer = api("get_model_package_group_policy", **group)
        except ResourceError:  # it has none
            return chosen(self.properties, found)
        policy = as_document(answer["ResourcePolicy"])
        return chosen(self.properties, {**found, "ModelPackageGroupPolicy": policy})

    def remove(self, api: Api, physical_id: str, _properties: Mapping[str, Any]) -> None:
        """Delete the group, which may have no versions."""
        try:
            self.found(api, physical_id)
        except NotFoundError:
            return
        api("delete_model_package_group", **_group(physical_id))


def _group(arn: str) -> dict[str, str]:
    return {"ModelPackageGroupName": arn.rpartition("/")[2]}


TYPES: tuple[ResourceType, ...] = (Pipeline(), ModelPackageGroup())
