"""``AWS::IAM``: roles, managed and inline policies, instance profiles."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from pipeline_local.cloudformation.api_type import TAGS, ApiType, Change, below, picked, retag
from pipeline_local.cloudformation.resource_type import NotFoundError
from pipeline_local.cloudformation.service_api import as_tags

if TYPE_CHECKING:
    from collections.abc import Mapping

    from pipeline_local.cloudformation.resource_type import Context, ResourceType
    from pipeline_local.cloudformation.service_api import Api


class Role(ApiType):
    """A role; its inline policies are those of ``Policies`` only."""

    name = "AWS::IAM::Role"
    service = "iam"
    made_with = (
        "AssumeRolePolicyDocument",
        "Description",
        "MaxSessionDuration",
        "Path",
        "PermissionsBoundary",
        "Tags",
    )
    properties = (
        frozenset({*made_with, "RoleName", "ManagedPolicyArns"})
        | below("Policies", "PolicyName", "PolicyDocument")
        | TAGS
    )

    def make(self, api: Api, context: Context, properties: Mapping[str, Any]) -> str:
        """Create the role."""
        name = properties.get("RoleName") or context.generated_name
        given = picked(properties, self.made_with)
        api("create_role", RoleName=name, **given)
        return str(name)

    def configure(self, api: Api, physical_id: str, change: Change) -> None:
        """Change the trust, the boundary, and what is attached."""
        role, after = {"RoleName": physical_id}, change.after
        if change.of("AssumeRolePolicyDocument"):
            document = after["AssumeRolePolicyDocument"]
            api("update_assume_role_policy", **role, PolicyDocument=document)
        if change.of("Description", "MaxSessionDuration"):
            told = {"Description": after.get("Description", "")}
            lasts = {"MaxSessionDuration": after.get("MaxSessionDuration", 3600)}
            api("update_role", **role, **told, **lasts)
        if change.of("PermissionsBoundary"):
            boundary = after.get("PermissionsBoundary")
            if boundary:
                api("put_role_permissions_boundary", **role, PermissionsBoundary=boundary)
            else:
                api("delete_role_permissions_boundary", **role)
        new, old = change.items("ManagedPolicyArns")
        for arn in old:
            api.unless_gone("detach_role_policy", **role, PolicyArn=arn)
        for arn in new:
            api("attach_role_policy", **role, PolicyArn=arn)
        new, old = change.items("Policies")
        names = {policy["PolicyName"] for policy in after.get("Policies") or ()}
        for policy in old:
            if policy["PolicyName"] not in names:
                api.unless_gone("delete_role_policy", **role, PolicyName=policy["PolicyName"])
        for policy in new:
            api("put_role_policy", **role, **policy)
        _tag(api, "role", role, change)

    def attributes(self, api: Api, context: Context, physical_id: str) -> Mapping[str, Any]:
        """Return ARN and id."""
        del context
        role = api("get_role", RoleName=physical_id)["Role"]
        return {"Arn": role["Arn"], "RoleId": role["RoleId"]}

    def found(self, api: Api, physical_id: str) -> Mapping[str, Any]:
        """Read the role and all that is attached to it."""
        named = {"RoleName": physical_id}
        role = api("get_role", **named)["Role"]
        attached = api.every("list_attached_role_policies", "AttachedPolicies", **named)
        inline = [
            picked(
                api("get_role_policy", **named, PolicyName=each), ("PolicyName", "PolicyDocument")
            )
            for each in api.every("list_role_policies", "PolicyNames", **named)
        ]
        boundary = role.get("PermissionsBoundary", {}).get("PermissionsBoundaryArn")
        return {
            **picked(role, ("RoleName", *self.made_with)),
            "ManagedPolicyArns": [each["PolicyArn"] for each in attached],
            "Policies": inline,
            "PermissionsBoundary": boundary,
            "Tags": as_tags(role.get("Tags")),
        }

    def remove(self, api: Api, physical_id: str, properties: Mapping[str, Any]) -> None:
        """Delete the role with what the template attached; IAM refuses if there is more."""
        role = {"RoleName": physical_id}
        for arn in properties.get("ManagedPolicyArns") or ():
            api.unless_gone("detach_role_policy", **role, PolicyArn=arn)
        for policy in properties.get("Policies") or ():
            api.unless_gone("delete_role_policy", **role, PolicyName=policy["PolicyName"])
        api.unless_gone("delete_role", **role)


class ManagedPolicy(ApiType):
    """A managed policy, attached to roles."""

    name = "AWS::IAM::ManagedPolicy"
    service = "iam"
    made_with = ("Description", "Path", "PolicyDocument")
    properties = frozenset({*made_with, "ManagedPolicyName", "Roles"})

    def make(self, api: Api, context: Context, properties: Mapping[str, Any]) -> str:
        """Create the policy."""
        name = properties.get("ManagedPolicyName") or context.generated_name
        answer = api("create_policy", PolicyName=name, **picked(properties, self.made_with))
        return str(answer["Policy"]["Arn"])

    def configure(self, api: Api, physical_id: str, change: Change) -> None:
        """Make a new document the default version; attach and detach."""
        policy = {"PolicyArn": physical_id}
        if change.of("PolicyDocument"):
            document = change.after["PolicyDocument"]
            self._drop_versions(api, policy)
            api("create_policy_version", **policy, PolicyDocument=document, SetAsDefault=True)
        new, old = change.items("Roles")
        for role in old:
            api.unless_gone("detach_role_policy", **policy, RoleName=role)
        for role in new:
            api("attach_role_policy", **policy, RoleName=role)

    def attributes(self, api: Api, context: Context, physical_id: str) -> Mapping[str, Any]:
        """Return what IAM says of the policy."""
        del context
        policy = api("get_policy", PolicyArn=physical_id)["Policy"]
        return {"PolicyArn": physical_id, "PolicyId": policy["PolicyId"]}

    def found(self, api: Api, physical_id: str) -> Mapping[str, Any]:
        """Read the policy's default version, and who has it."""
        named = {"PolicyArn": physical_id}
        policy = api("get_policy", **named)["Policy"]
        version = api("get_policy_version", **named, VersionId=policy["DefaultVersionId"])
        roles = api.every("list_entities_for_policy", "PolicyRoles", **named)
        return {
            **picked(policy, ("Description", "Path")),
            "ManagedPolicyName": policy["PolicyName"],
            "PolicyDocument": version["PolicyVersion"]["Document"],
            "Roles": [role["RoleName"] for role in roles],
        }

    def remove(self, api: Api, physical_id: str, properties: Mapping[str, Any]) -> None:
        """Detach it from the template's roles and delete it; IAM refuses if others have it."""
        policy = {"PolicyArn": physical_id}
        for role in properties.get("Roles") or ():
            api.unless_gone("detach_role_policy", **policy, RoleName=role)
        self._drop_versions(api, policy)
        api.unless_gone("delete_policy", **policy)

    def _drop_versions(self, api: Api, policy: Mapping[str, str]) -> None:
        for version in api.unless_gone("list_policy_versions", **policy).get("Versions", ()):
            if not version["IsDefaultVersion"]:
                api("delete_policy_version", **policy, VersionId=version["VersionId"])


class Policy(ApiType):
    """An inline policy of roles; its physical id names it and them."""

    name = "AWS::IAM::Policy"
    service = "iam"
    made_with = ("PolicyDocument", "PolicyName", "Roles")
    properties = frozenset(made_with)

    def make(self, api: Api, context: Context, properties: Mapping[str, Any]) -> str:
        """Put the policy into the roles."""
        for role in properties.get("Roles") or ():
            _put_inline(api, role, properties)
        del context
        return "|".join([properties["PolicyName"], *(properties.get("Roles") or ())])

    def configure(self, api: Api, physical_id: str, change: Change) -> None:
        """Put a new document into the roles."""
        del physical_id
        new, old = change.items("Roles")
        for role in change.after.get("Roles") or () if change.of("PolicyDocument") else new:
            _put_inline(api, role, change.after)
        for role in old:
            policy = {"PolicyName": change.before["PolicyName"]}
            api.unless_gone("delete_role_policy", RoleName=role, **policy)

    def found(self, api: Api, physical_id: str) -> Mapping[str, Any]:
        """Read the policy from the roles that have it."""
        policy, *roles = physical_id.split("|")
        answers = {
            role: api.unless_gone("get_role_policy", RoleName=role, PolicyName=policy)
            for role in roles
        }
        having = [role for role in roles if answers[role]]
        if not having:
            raise NotFoundError(f"no role has the inline policy {policy}")
        document = answers[having[0]]["PolicyDocument"]
        return {"PolicyName": policy, "PolicyDocument": document, "Roles": having}

    def remove(self, api: Api, physical_id: str, properties: Mapping[str, Any]) -> None:
        """Take the policy out of the roles."""
        policy = physical_id.split("|", maxsplit=1)[0]
        for role in properties.get("Roles") or ():
            api.unless_gone("delete_role_policy", RoleName=role, PolicyName=policy)


class InstanceProfile(ApiType):
    """An instance profile and its role."""

    name = "AWS::IAM::InstanceProfile"
    service = "iam"
    made_with = ("Path",)
    properties = frozenset({*made_with, "InstanceProfileName", "Roles"})

    def make(self, api: Api, context: Context, properties: Mapping[str, Any]) -> str:
        """Create the profile."""
        name = properties.get("InstanceProfileName") or context.generated_name
        given = picked(properties, self.made_with)
        api("create_instance_profile", InstanceProfileName=name, **given)
        return str(name)

    def configure(self, api: Api, physical_id: str, change: Change) -> None:
        """Exchange the role."""
        new, old = change.items("Roles")
        profile = {"InstanceProfileName": physical_id}
        for role in old:
            api.unless_gone("remove_role_from_instance_profile", **profile, RoleName=role)
        for role in new:
            api("add_role_to_instance_profile", **profile, RoleName=role)

    def attributes(self, api: Api, context: Context, physical_id: str) -> Mapping[str, Any]:
        """Return the ARN."""
        del context
        named = {"InstanceProfileName": physical_id}
        return {"Arn": api("get_instance_profile", **named)["InstanceProfile"]["Arn"]}

    def found(self, api: Api, physical_id: str) -> Mapping[str, Any]:
        """Read the profile."""
        named = {"InstanceProfileName": physical_id}
        profile = api("get_instance_profile", **named)["InstanceProfile"]
        roles = [role["RoleName"] for role in profile["Roles"]]
        return {**named, "Path": profile["Path"], "Roles": roles}

    def remove(self, api: Api, physical_id: str, properties: Mapping[str, Any]) -> None:
        """Delete the profile."""
        del properties
        named = {"InstanceProfileName": physical_id}
        found = api.unless_gone("get_instance_profile", **named)
        for role in found["InstanceProfile"]["Roles"] if found else ():
            name = role["RoleName"]
            api("remove_role_from_instance_profile", **named, RoleName=name)
        api.unless_gone("delete_instance_profile", **named)


def _put_inline(api: Api, role: str, properties: Mapping[str, Any]) -> None:
    policy = picked(properties, ("PolicyName", "PolicyDocument"))
    api("put_role_policy", RoleName=role, **policy)


def _tag(api: Api, kind: str, named: Mapping[str, str], change: Change) -> None:
    retag(api, change, lambda: named, tag=f"tag_{kind}", untag=f"untag_{kind}")


TYPES: tuple[ResourceType, ...] = (Role(), ManagedPolicy(), Policy(), InstanceProfile())
