"""Permissions of CloudFormation's resource handlers, from the ``handlers`` of type schemas."""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING

from cloud_assembly.type_schemas import type_schema
from mlops_common.errors import MlopsError

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

# Types from before the schemas had handlers; CloudFormation User Guide, their own pages, and the
# services' API of the same names.
_WITHOUT_HANDLERS: Mapping[str, Mapping[str, tuple[str, ...]]] = {
    "AWS::CodeBuild::Project": {
        "create": ("codebuild:CreateProject", "codebuild:CreateWebhook", "iam:PassRole"),
        "read": ("codebuild:BatchGetProjects",),
        "update": ("codebuild:UpdateProject", "codebuild:UpdateWebhook", "iam:PassRole"),
        "delete": ("codebuild:DeleteProject", "codebuild:DeleteWebhook"),
    },
    "AWS::EC2::VPCGatewayAttachment": {
        "create": ("ec2:AttachInternetGateway",),
        "read": ("ec2:DescribeVpcs",),
        "delete": ("ec2:DetachInternetGateway",),
    },
}
_CUSTOM = ("Custom::", "AWS::CloudFormation::CustomResource")


HANDLERS = ("create", "read", "update", "delete")


@cache
def permissions(kind: str, region: str, handlers: tuple[str, ...] = HANDLERS) -> frozenset[str]:
    """Return the ``service:Action``s of a type's handlers; none for a custom resource.

    Handlers named ``list`` are left out: listing all of an account is for imports and drift of
    other stacks.
    """
    if kind.startswith(_CUSTOM):
        return frozenset()
    by_handler = _WITHOUT_HANDLERS.get(kind) or _of_schema(kind, region)
    return frozenset(action for name in handlers for action in by_handler.get(name, ()))


def _of_schema(kind: str, region: str) -> Mapping[str, Sequence[str]]:
    schema = type_schema(kind, region)
    if schema is None:
        raise MlopsError(f"{kind}: CloudFormation has no such type in {region}")
    handlers = schema.get("handlers")
    if not handlers:
        raise MlopsError(
            f"{kind}: its schema names no permissions; add what CloudFormation calls for it to"
            " packages/mlops/bootstrap/handlers.py"
        )
    return {name: handler.get("permissions", ()) for name, handler in handlers.items()}
