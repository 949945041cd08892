"""The files of the guardrails: policies, and the templates that bring them into force."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any, Final

from mlops.guardrails.policies import declarative, resource_control, service_control, written

if TYPE_CHECKING:
    from collections.abc import Mapping

    from mlops.guardrails.filling import Organization

_KINDS: Final = {
    "scp": "SERVICE_CONTROL_POLICY",
    "rcp": "RESOURCE_CONTROL_POLICY",
    "declarative-ec2": "DECLARATIVE_POLICY_EC2",
}
_DESCRIPTION: Final = "Guardrails of the secure MLOps platform"


def files_of(of: Organization) -> dict[str, str]:
    """Return the files by name: each policy, and the templates for where they belong."""
    policies = {
        **_numbered("scp", service_control(of)),
        **_numbered("rcp", resource_control(of)),
        "declarative-ec2": declarative(),
    }
    return {
        **{f"{name}.json": written(policy) + "\n" for name, policy in policies.items()},
        "guardrails.template.json": _text(_organization(policies)),
        "block-public-access.template.json": _text(_account()),
    }


def _numbered(kind: str, policies: list[dict[str, Any]]) -> dict[str, dict[str, Any]]:
    return {f"{kind}-{index}": each for index, each in enumerate(policies, 1)}


def _organization(policies: Mapping[str, dict[str, Any]]) -> dict[str, Any]:
    """Return the template for the management account, or one that policies are delegated to."""
    resources = {
        "".join(part.capitalize() for part in name.split("-")): {
            "Type": "AWS::Organizations::Policy",
            # An account without them is open until they are there again.
            "DeletionPolicy": "Retain",
            "UpdateReplacePolicy": "Retain",
            "Properties": {
                "Name": f"secure-mlops-{name}",
                "Description": _DESCRIPTION,
                "Type": next(kind for each, kind in _KINDS.items() if name.startswith(each)),
                "Content": policy,
                "TargetIds": {"Ref": "Targets"},
            },
        }
        for name, policy in policies.items()
    }
    return {
        "AWSTemplateFormatVersion": "2010-09-09",
        "Description": f"{_DESCRIPTION}: for the management account, or a delegated one",
        "Parameters": {
            "Targets": {
                "Type": "CommaDelimitedList",
                "Description": "Organizational units or accounts of the platform, and no others",
                "AllowedPattern": "(ou-[0-9a-z]{4,32}-[0-9a-z]{8,32}|[0-9]{12})",
            }
        },
        "Resources": resources,
    }


def _account() -> dict[str, Any]:
    """Return the template for each account and region, by a stack set."""
    return {
        "AWSTemplateFormatVersion": "2010-09-09",
        "Description": f"{_DESCRIPTION}: for each account and region, by a stack set",
        "Resources": {
            "BlockPublicAccess": {
                "Type": "AWS::EC2::VPCBlockPublicAccessOptions",
                "DeletionPolicy": "Retain",
                "UpdateReplacePolicy": "Retain",
                "Properties": {"InternetGatewayBlockMode": "block-bidirectional"},
            }
        },
    }


def _text(value: object) -> str:
    return json.dumps(value, indent=2) + "\n"
