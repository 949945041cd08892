"""Resource types of CodeArtifact. All are known by their ARN.

Source: https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/AWS_CodeArtifact.html
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from pipeline_local.cloudformation.api_type import TAGS, ApiType, Change, below, picked, retag
from pipeline_local.cloudformation.service_api import as_document, capitalized
from pipeline_local.cloudformation.types.api_shapes import chosen

if TYPE_CHECKING:
    from collections.abc import Mapping

    from pipeline_local.cloudformation.resource_type import Context, ResourceType
    from pipeline_local.cloudformation.service_api import Api

_POLICY = "PermissionsPolicyDocument"
_ORIGINS = "OriginConfiguration"
_KINDS = {
    "ExternalUpstream": "EXTERNAL_UPSTREAM",
    "InternalUpstream": "INTERNAL_UPSTREAM",
    "Publish": "PUBLISH",
}


class Domain(ApiType):
    """``AWS::CodeArtifact::Domain``."""

    name = "AWS::CodeArtifact::Domain"
    service = "codeartifact"
    made_with = ("EncryptionKey", "Tags")
    properties = TAGS | {"DomainName", "EncryptionKey", _POLICY}

    def make(self, api: Api, _context: Context, properties: Mapping[str, Any]) -> str:
        """Create the domain."""
        settings = picked(properties, self.made_with)
        made = api("create_domain", domain=properties["DomainName"], **settings)
        return str(made["domain"]["arn"])

    def configure(self, api: Api, physical_id: str, change: Change) -> None:
        """Put or delete the policy; change tags."""
        _change_policy(api, "domain", _of_domain(physical_id), change)
        retag(api, change, lambda: {"resourceArn": physical_id})

    def attributes(self, api: Api, _context: Context, physical_id: str) -> Mapping[str, Any]:
        """Return ARN, key, name and owner."""
        found = capitalized(api("describe_domain", **_of_domain(physical_id))["domain"])
        return picked(found, ("Arn", "EncryptionKey", "Name", "Owner"))

    def found(self, api: Api, physical_id: str) -> Mapping[str, Any]:
        """Return the domain with its policy."""
        named = _of_domain(physical_id)
        found = capitalized(api("describe_domain", **named)["domain"])
        found |= {"DomainName": found["Name"], **_policy_and_tags(api, "domain", named, found)}
        return chosen(self.properties, found)

    def remove(self, api: Api, physical_id: str, _properties: Mapping[str, Any]) -> None:
        """Delete the domain, which may have no repositories."""
        api.unless_gone("delete_domain", **_of_domain(physical_id))


class Repository(ApiType):
    """``AWS::CodeArtifact::Repository``."""

    name = "AWS::CodeArtifact::Repository"
    service = "codeartifact"
    made_with = ("Description", "Tags", "Upstreams")
    properties = TAGS | {
        *("Description", "DomainName", "ExternalConnections", _POLICY, "RepositoryName"),
        "Upstreams",
    }

    def make(self, api: Api, _context: Context, properties: Mapping[str, Any]) -> str:
        """Create the repository."""
        named = {"domain": properties["DomainName"], "repository": properties["RepositoryName"]}
        settings = _with_upstreams(picked(properties, self.made_with))
        return str(api("create_repository", **named, **settings)["repository"]["arn"])

    def configure(self, api: Api, physical_id: str, change: Change) -> None:
        """Change what differs; external connections come and go one by one."""
        named = _of_repository(physical_id)
        if change.of("Description", "Upstreams"):
            defaults = {"Description": "", "Upstreams": []}
            settings = {key: change.after.get(key, value) for key, value in defaults.items()}
            api("update_repository", **named, **_with_upstreams(settings))
        come, go = change.items("ExternalConnections")
        for each in go:
            api("disassociate_external_connection", **named, externalConnection=each)
        for each in come:
            api("associate_external_connection", **named, externalConnection=each)
        _change_policy(api, "repository", named, change)
        retag(api, change, lambda: {"resourceArn": physical_id})

    def attributes(self, api: Api, _context: Context, physical_id: str) -> Mapping[str, Any]:
        """Return ARN, name and domain."""
        answer = api("describe_repository", **_of_repository(physical_id))
        found = capitalized(answer["repository"])
        return picked(found, ("Arn", "DomainName", "DomainOwner", "Name"))

    def found(self, api: Api, physical_id: str) -> Mapping[str, Any]:
        """Return the repository with its policy."""
        named = _of_repository(physical_id)
        found = capitalized(api("describe_repository", **named)["repository"])
        connections = [each["ExternalConnectionName"] for each in found["ExternalConnections"]]
        found |= {"ExternalConnections": connections, "RepositoryName": found["Name"]}
        found["Upstreams"] = [each["RepositoryName"] for each in found["Upstreams"]]
        found |= _policy_and_tags(api, "repository", named, found)
        return chosen(self.properties, found)

    def remove(self, api: Api, physical_id: str, _properties: Mapping[str, Any]) -> None:
        """Delete the repository with its packages."""
        api.unless_gone("delete_repository", **_of_repository(physical_id))


class PackageGroup(ApiType):
    """``AWS::CodeArtifact::PackageGroup``."""

    name = "AWS::CodeArtifact::PackageGroup"
    service = "codeartifact"
    made_with = ("ContactInfo", "Description", "Tags")
    properties = (
        TAGS
        | {"ContactInfo", "Description", "DomainName", "Pattern"}
        | below(f"{_ORIGINS}.Restrictions.ExternalUpstream", "RestrictionMode")
        | below(f"{_ORIGINS}.Restrictions.InternalUpstream", "RestrictionMode")
        | below(f"{_ORIGINS}.Restrictions.Publish", "RestrictionMode")
    )

    def make(self, api: Api, _context: Context, properties: Mapping[str, Any]) -> str:
        """Create the group."""
        named = {"domain": properties["DomainName"], "packageGroup": properties["Pattern"]}
        made = api("create_package_group", **named, **picked(properties, self.made_with))
        return str(made["packageGroup"]["arn"])

    def configure(self, api: Api, physical_id: str, change: Change) -> None:
        """Change what differs; a restriction that is not named is inherited."""
        named = _of_group(physical_id)
        if change.of("ContactInfo", "Description"):
            names = ("ContactInfo", "Description")
            settings = {name: change.after.get(name, "") for name in names}
            api("update_package_group", **named, **settings)
        if change.of(_ORIGINS):
            wanted = (change.after.get(_ORIGINS) or {}).get("Restrictions", {})
            restrictions = {
                name: wanted.get(kind, {}).get("RestrictionMode", "INHERIT")
                for kind, name in _KINDS.items()
            }
            operation = "update_package_group_origin_configuration"
            api(operation, **named, restrictions=restrictions)
        retag(api, change, lambda: {"resourceArn": physical_id})

    def attributes(self, _api: Api, _context: Context, physical_id: str) -> Mapping[str, Any]:
        """Return the ARN."""
        return {"Arn": physical_id}

    def found(self, api: Api, physical_id: str) -> Mapping[str, Any]:
        """Return the group with its restrictions."""
        answer = api("describe_package_group", **_of_group(physical_id))
        found = capitalized(answer["packageGroup"])
        known = answer["packageGroup"]["originConfiguration"]["restrictions"]
        restrictions = {
            kind: {"RestrictionMode": known[name]["mode"]} for kind, name in _KINDS.items()
        }
        found[_ORIGINS] = {"Restrictions": restrictions}
        tags = api("list_tags_for_resource", resourceArn=physical_id)["tags"]
        return chosen(self.properties, {**found, "Tags": tags})

    def remove(self, api: Api, physical_id: str, _properties: Mapping[str, Any]) -> None:
        """Delete the group."""
        api.unless_gone("delete_package_group", **_of_group(physical_id))


def _of_domain(arn: str) -> dict[str, str]:
    return {"domain": arn.rpartition("/")[2]}


def _of_repository(arn: str) -> dict[str, str]:
    _, domain, name = arn.split("/")
    return {"domain": domain, "repository": name}


def _of_group(arn: str) -> dict[str, str]:
    _, domain, pattern = arn.split("/", 2)
    return {"domain": domain, "packageGroup": f"/{pattern}"}


def _with_upstreams(settings: dict[str, Any]) -> dict[str, Any]:
    if "Upstreams" not in settings:
        return settings
    upstreams = [{"repositoryName": name} for name in settings["Upstreams"]]
    return {**settings, "Upstreams": upstreams}


def _change_policy(api: Api, kind: str, named: Mapping[str, str], change: Change) -> None:
    if change.of(_POLICY) and change.after.get(_POLICY):
        policy = {"policyDocument": change.after[_POLICY]}
        api(f"put_{kind}_permissions_policy", **named, **policy)
    elif change.of(_POLICY):
        api.unless_gone(f"delete_{kind}_permissions_policy", **named)


def _policy_and_tags(
    api: Api, kind: str, named: Mapping[str, str], found: Mapping[str, Any]
) -> dict[str, Any]:
    policy = api.unless_gone(f"get_{kind}_permissions_policy", **named).get("policy")
    tags = api("list_tags_for_resource", resourceArn=found["Arn"])["tags"]
    return {_POLICY: as_document(policy["document"]) if policy else None, "Tags": tags}


TYPES: tuple[ResourceType, ...] = (Domain(), Repository(), PackageGroup())
