"""Resource types of CodeBuild.

Source: https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/AWS_CodeBuild.html
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from pipeline_local.cloudformation.api_type import TAGS, ApiType, Change, below, picked
from pipeline_local.cloudformation.resource_type import NotFoundError
from pipeline_local.cloudformation.service_api import as_tags, capitalized
from pipeline_local.cloudformation.types.api_shapes import check_role, chosen

if TYPE_CHECKING:
    from collections.abc import Mapping

    from pipeline_local.cloudformation.resource_type import Context, ResourceType
    from pipeline_local.cloudformation.service_api import Api

# What UpdateProject resets to if a template no longer names it.
_DEFAULTS: dict[str, Any] = {
    "ConcurrentBuildLimit": -1,
    "Description": "",
    "EncryptionKey": "",
    "LogsConfig": {},
    "QueuedTimeoutInMinutes": 480,
    "TimeoutInMinutes": 60,
    "VpcConfig": {},
}

_NO_ROLE = (
    "CodeBuild is not authorized to perform: sts:AssumeRole on service role. Please verify that: "
    "1) The provided service role exists, 2) The role name is case-sensitive and matches exactly, "
    "and 3) The role has the necessary trust policy configured."
)


class Project(ApiType):
    """``AWS::CodeBuild::Project``."""

    name = "AWS::CodeBuild::Project"
    service = "codebuild"
    made_with = ("Artifacts", "Environment", "ServiceRole", "Source", "Tags", *_DEFAULTS)
    properties = (
        frozenset({"ServiceRole", "Name", "Visibility", *_DEFAULTS}) - {"LogsConfig", "VpcConfig"}
        | below("Artifacts", "EncryptionDisabled", "Location", "Name", "Packaging", "Path", "Type")
        | below("Environment", "ComputeType", "Image", "ImagePullCredentialsType")
        | below("Environment", "PrivilegedMode", "Type")
        | below("Environment.EnvironmentVariables", "Name", "Type", "Value")
        | below("LogsConfig.CloudWatchLogs", "GroupName", "Status", "StreamName")
        | below("Source", "BuildSpec", "GitCloneDepth", "Location", "Type")
        | below("VpcConfig", "SecurityGroupIds", "Subnets", "VpcId")
        | TAGS
    )

    def make(self, api: Api, context: Context, properties: Mapping[str, Any]) -> str:
        """Create the project."""
        role = properties["ServiceRole"]
        check_role(context, role, "codebuild", _NO_ROLE)
        name = properties.get("Name") or context.generated_name
        api("create_project", name=name, **picked(properties, self.made_with))
        return str(name)

    def configure(self, api: Api, physical_id: str, change: Change) -> None:
        """Update what differs, tags as a whole."""
        names = [name for name in self.made_with if change.of(name)]
        if names:
            settings = {name: change.after.get(name, _DEFAULTS.get(name, [])) for name in names}
            api("update_project", name=physical_id, **settings)
        if change.of("Visibility"):
            visibility = {"projectVisibility": change.after.get("Visibility", "PRIVATE")}
            api("update_project_visibility", projectArn=self._arn(api, physical_id), **visibility)

    def attributes(self, api: Api, _context: Context, physical_id: str) -> Mapping[str, Any]:
        """Return the ARN."""
        return {"Arn": self._arn(api, physical_id)}

    def found(self, api: Api, physical_id: str) -> Mapping[str, Any]:
        """Return the project."""
        found = capitalized(self._project(api, physical_id))
        found["Visibility"] = found.pop("ProjectVisibility", None)
        source = found["Source"]
        if "Buildspec" in source:
            source["BuildSpec"] = source.pop("Buildspec")
        return chosen(self.properties, {**found, "Tags": as_tags(found.get("Tags"))})

    def remove(self, api: Api, physical_id: str, _properties: Mapping[str, Any]) -> None:
        """Delete the project."""
        api("delete_project", name=physical_id)

    def _project(self, api: Api, physical_id: str) -> dict[str, Any]:
        projects: list[dict[str, Any]] = api("batch_get_projects", names=[physical_id])["projects"]
        if not projects:
            raise NotFoundError(f"Project cannot be found: {physical_id}")
        return projects[0]

    def _arn(self, api: Api, physical_id: str) -> str:
        return str(self._project(api, physical_id)["arn"])


class ReportGroup(ApiType):
    """``AWS::CodeBuild::ReportGroup``, by its ARN; `DeleteReports` is for its deletion only."""

    name = "AWS::CodeBuild::ReportGroup"
    service = "codebuild"
    made_with = ("ExportConfig", "Tags", "Type")
    properties = (
        frozenset({"DeleteReports", "ExportConfig.ExportConfigType", "Name", "Type"})
        | below("ExportConfig.S3Destination", "Bucket", "BucketOwner", "EncryptionDisabled")
        | below("ExportConfig.S3Destination", "EncryptionKey", "Packaging", "Path")
        | TAGS
    )

    def make(self, api: Api, context: Context, properties: Mapping[str, Any]) -> str:
        """Create the group."""
        name = properties.get("Name") or context.generated_name
        made = api("create_report_group", name=name, **picked(properties, self.made_with))
        return str(made["reportGroup"]["arn"])

    def configure(self, api: Api, physical_id: str, change: Change) -> None:
        """Update what differs, tags as a whole."""
        names = [name for name in ("ExportConfig", "Tags") if change.of(name)]
        if names:
            settings = {name: change.after.get(name, []) for name in names}
            api("update_report_group", arn=physical_id, **settings)

    def attributes(self, _api: Api, _context: Context, physical_id: str) -> Mapping[str, Any]:
        """Return the ARN."""
        return {"Arn": physical_id}

    def found(self, api: Api, physical_id: str) -> Mapping[str, Any]:
        """Return the group."""
        groups = api("batch_get_report_groups", reportGroupArns=[physical_id])["reportGroups"]
        if not groups:
            raise NotFoundError(f"Report group {physical_id} does not exist")
        found = capitalized(groups[0])
        return chosen(self.properties, {**found, "Tags": as_tags(found.get("Tags"))})

    def remove(self, api: Api, physical_id: str, properties: Mapping[str, Any]) -> None:
        """Delete the group."""
        reports = {"deleteReports": properties.get("DeleteReports", False)}
        api.unless_gone("delete_report_group", arn=physical_id, **reports)


TYPES: tuple[ResourceType, ...] = (Project(), ReportGroup())
