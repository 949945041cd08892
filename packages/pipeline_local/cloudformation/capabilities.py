"""What a request has to acknowledge before a template may make identities."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from pipeline_local.cloudformation.refusals import Refusal

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

IAM, NAMED_IAM = "CAPABILITY_IAM", "CAPABILITY_NAMED_IAM"
# Source: CreateStack, "Capabilities".
_TYPES = {
    "AWS::IAM::AccessKey": "",
    "AWS::IAM::Group": "GroupName",
    "AWS::IAM::InstanceProfile": "InstanceProfileName",
    "AWS::IAM::ManagedPolicy": "ManagedPolicyName",
    "AWS::IAM::Policy": "",
    "AWS::IAM::Role": "RoleName",
    "AWS::IAM::User": "UserName",
    "AWS::IAM::UserToGroupAddition": "",
}


def needed(template: Mapping[str, Any]) -> list[str]:
    """Return the capability that a template needs."""
    found = [body for body in template["Resources"].values() if body["Type"] in _TYPES]
    if any(_TYPES[body["Type"]] in body.get("Properties", {}) for body in found):
        return [NAMED_IAM]
    return [IAM] if found else []


def check_capabilities(template: Mapping[str, Any], given: Sequence[str]) -> None:
    """Refuse a template of which more is needed than was acknowledged."""
    missing = [each for each in needed(template) if each not in given and NAMED_IAM not in given]
    if missing:
        raise Refusal(
            "InsufficientCapabilitiesException", f"Requires capabilities : [{', '.join(missing)}]"
        )
