"""Resource types of CodeCommit.

Source: https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/AWS_CodeCommit.html
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from pipeline_local.cloudformation.api_type import TAGS, ApiType, Change, picked, retag
from pipeline_local.cloudformation.resource_type import NotFoundError
from pipeline_local.cloudformation.service_api import capitalized
from pipeline_local.cloudformation.types.api_shapes import chosen

if TYPE_CHECKING:
    from collections.abc import Mapping

    from pipeline_local.cloudformation.resource_type import Context, ResourceType
    from pipeline_local.cloudformation.service_api import Api


class Repository(ApiType):
    """``AWS::CodeCommit::Repository``, by its id. It holds no commits here."""

    name = "AWS::CodeCommit::Repository"
    service = "codecommit"
    made_with = ("KmsKeyId", "RepositoryDescription", "RepositoryName", "Tags")
    properties = frozenset(made_with) - {"Tags"} | TAGS

    def make(self, api: Api, _context: Context, properties: Mapping[str, Any]) -> str:
        """Create the repository."""
        made = api("create_repository", **picked(properties, self.made_with))
        return str(made["repositoryMetadata"]["repositoryId"])

    def configure(self, api: Api, physical_id: str, change: Change) -> None:
        """Change name, description, key and tags, each if it differs."""
        after = change.after
        if change.of("RepositoryName"):
            names = {"newName": after["RepositoryName"], "oldName": change.before["RepositoryName"]}
            api("update_repository_name", **names)
        named = {"RepositoryName": after["RepositoryName"]}
        if change.of("RepositoryDescription"):
            described = {"RepositoryDescription": after.get("RepositoryDescription", "")}
            api("update_repository_description", **named, **described)
        if change.of("KmsKeyId"):
            key = after.get("KmsKeyId", "alias/aws/codecommit")
            api("update_repository_encryption_key", **named, KmsKeyId=key)
        retag(api, change, lambda: {"resourceArn": _repository(api, physical_id)["Arn"]})

    def attributes(self, api: Api, _context: Context, physical_id: str) -> Mapping[str, Any]:
        """Return ARN, name and the addresses for a clone."""
        found = _repository(api, physical_id)
        addresses = picked(found, ("Arn", "CloneUrlHttp", "CloneUrlSsh"))
        return {**addresses, "Name": found["RepositoryName"]}

    def found(self, api: Api, physical_id: str) -> Mapping[str, Any]:
        """Return the repository."""
        found = _repository(api, physical_id)
        tags = api("list_tags_for_resource", resourceArn=found["Arn"])["tags"]
        return chosen(self.properties, {**found, "Tags": tags})

    def remove(self, api: Api, physical_id: str, _properties: Mapping[str, Any]) -> None:
        """Delete the repository."""
        try:
            name = _repository(api, physical_id)["RepositoryName"]
        except NotFoundError:
            return
        api("delete_repository", RepositoryName=name)


def _repository(api: Api, identity: str) -> dict[str, Any]:
    for each in api.every("list_repositories", "repositories"):
        if each["repositoryId"] == identity:
            answer = api("get_repository", RepositoryName=each["repositoryName"])
            found: dict[str, Any] = capitalized(answer["repositoryMetadata"])
            return found
    raise NotFoundError(f"Repository {identity} does not exist")


TYPES: tuple[ResourceType, ...] = (Repository(),)
