"""Answers of APIs in the template's form, and roles that services assume."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from pipeline_local.cloudformation.resource_type import ResourceError
from pipeline_local.cloudformation.service_api import Api, as_tags

if TYPE_CHECKING:
    from pipeline_local.cloudformation.resource_type import Context


def chosen(properties: frozenset[str], answer: dict[str, Any]) -> dict[str, Any]:
    """Return the part of an answer that a type's properties name, with its tags in one order."""
    names = {name.split(".")[0] for name in properties}
    found = {name: value for name, value in answer.items() if name in names and value is not None}
    return {**found, "Tags": as_tags(found["Tags"])} if "Tags" in found else found


def check_role(context: Context, arn: str, service: str, words: str) -> None:
    """Refuse a role that a service cannot assume.

    The services' APIs here take any role, because `mlops local deploy` makes pipelines without.
    """
    found = Api(context, "iam").unless_gone("get_role", RoleName=str(arn).rpartition("/")[2])
    role = found.get("Role", {})
    trust = json.dumps(role.get("AssumeRolePolicyDocument", ""))
    if role.get("Arn") != arn or f"{service}.amazonaws.com" not in trust:
        raise ResourceError(words)
