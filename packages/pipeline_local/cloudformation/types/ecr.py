"""``AWS::ECR``: repositories of images."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from pipeline_local.cloudformation.api_type import TAGS, ApiType, Change, below, picked, retag
from pipeline_local.cloudformation.service_api import as_document, as_tags

if TYPE_CHECKING:
    from collections.abc import Mapping

    from pipeline_local.cloudformation.resource_type import Context, ResourceType
    from pipeline_local.cloudformation.service_api import Api


class Repository(ApiType):
    """A repository with its policies."""

    name = "AWS::ECR::Repository"
    service = "ecr"
    made_with = ("EncryptionConfiguration", "ImageTagMutability", "Tags")
    properties = (
        frozenset({"ImageTagMutability", "RepositoryName", "RepositoryPolicyText"})
        | {"EmptyOnDelete", "ImageScanningConfiguration.ScanOnPush"}
        | below("EncryptionConfiguration", "EncryptionType", "KmsKey")
        | below("LifecyclePolicy", "LifecyclePolicyText")
        | TAGS
    )

    def make(self, api: Api, context: Context, properties: Mapping[str, Any]) -> str:
        """Create the repository."""
        name = properties.get("RepositoryName") or context.generated_name.lower()
        api("create_repository", RepositoryName=name, **picked(properties, self.made_with))
        return str(name)

    def configure(self, api: Api, physical_id: str, change: Change) -> None:
        """Set or delete the policies."""
        named, after = {"repositoryName": physical_id}, change.after
        if change.of("LifecyclePolicy"):
            text = (after.get("LifecyclePolicy") or {}).get("LifecyclePolicyText")
            if text:
                api("put_lifecycle_policy", **named, lifecyclePolicyText=text)
            else:
                api.unless_gone("delete_lifecycle_policy", **named)
        if change.of("RepositoryPolicyText"):
            policy = after.get("RepositoryPolicyText")
            if policy:
                api("set_repository_policy", **named, policyText=policy)
            else:
                api.unless_gone("delete_repository_policy", **named)
        if change.of("ImageTagMutability"):
            mutable = after.get("ImageTagMutability", "MUTABLE")
            api("put_image_tag_mutability", **named, imageTagMutability=mutable)
        if change.of("ImageScanningConfiguration"):
            scan = after.get("ImageScanningConfiguration") or {"ScanOnPush": False}
            api("put_image_scanning_configuration", **named, imageScanningConfiguration=scan)
        retag(api, change, lambda: {"resourceArn": _repository(api, physical_id)["repositoryArn"]})

    def attributes(self, api: Api, context: Context, physical_id: str) -> Mapping[str, Any]:
        """Return ARN and address."""
        del context
        repository = _repository(api, physical_id)
        return {"Arn": repository["repositoryArn"], "RepositoryUri": repository["repositoryUri"]}

    def found(self, api: Api, physical_id: str) -> Mapping[str, Any]:
        """Read the repository and its policies."""
        named = {"repositoryName": physical_id}
        repository = _repository(api, physical_id)
        found: dict[str, Any] = {
            "RepositoryName": physical_id,
            "ImageTagMutability": repository["imageTagMutability"],
            "ImageScanningConfiguration": {
                "ScanOnPush": repository["imageScanningConfiguration"]["scanOnPush"]
            },
            "EncryptionConfiguration": {
                name[0].upper() + name[1:]: value
                for name, value in repository["encryptionConfiguration"].items()
            },
        }
        lifecycle = api.unless_gone("get_lifecycle_policy", **named)
        if lifecycle:
            found["LifecyclePolicy"] = {"LifecyclePolicyText": lifecycle["lifecyclePolicyText"]}
        policy = api.unless_gone("get_repository_policy", **named)
        if policy:
            found["RepositoryPolicyText"] = as_document(policy["policyText"])
        arn = repository["repositoryArn"]
        found["Tags"] = as_tags(api("list_tags_for_resource", resourceArn=arn)["tags"])
        return found

    def remove(self, api: Api, physical_id: str, properties: Mapping[str, Any]) -> None:
        """Delete the repository; ECR refuses one with images unless the template forces it."""
        force = properties.get("EmptyOnDelete", False)
        api.unless_gone("delete_repository", repositoryName=physical_id, force=force)


def _repository(api: Api, name: str) -> dict[str, Any]:
    answer = api("describe_repositories", repositoryNames=[name])
    repository: dict[str, Any] = answer["repositories"][0]
    return repository


TYPES: tuple[ResourceType, ...] = (Repository(),)
