"""Permissions of CloudFormation's resource handlers, from the ``handlers`` of type schemas."""

from __future__ import annotations

from functools import cache

from cloud_assembly.type_schemas import type_schema
from mlops_common.errors import MlopsError

# Types from before the schemas had handlers; CloudFormation User Guide, their own pages, and the
# services' API of the same names.
_WITHOUT_HANDLERS = {
    "AWS::CodeBuild::Project": (
        *("codebuild:BatchGetProjects", "codebuild:CreateProject", "codebuild:DeleteProject"),
        *("codebuild:UpdateProject", "codebuild:CreateWebhook", "codebuild:UpdateWebhook"),
        *("codebuild:DeleteWebhook", "iam:PassRole"),
    ),
    "AWS::EC2::VPCGatewayAttachment": (
        *("ec2:AttachInternetGateway", "ec2:DetachInternetGateway", "ec2:DescribeVpcs"),
    ),
}
_CUSTOM = ("Custom::", "AWS::CloudFormation::CustomResource")


@cache
def permissions(kind: str, region: str) -> frozenset[str]:
    """Return the ``service:Action``s of a type's handlers; none for a custom resource."""
    if kind.startswith(_CUSTOM):
        return frozenset()
    if kind in _WITHOUT_HANDLERS:
        return frozenset(_WITHOUT_HANDLERS[kind])
    schema = type_schema(kind, region)
    if schema is None:
        raise MlopsError(f"{kind}: CloudFormation has no such type in {region}")
    handlers = schema.get("handlers")
    if not handlers:
        raise MlopsError(
            f"{kind}: its schema names no permissions; add what CloudFormation calls for it to"
            " packages/mlops/bootstrap/handlers.py"
        )
    return frozenset(
        permission
        for name, handler in handlers.items()
        if name != "list"  # listing all of an account is for imports and drift of other stacks
        for permission in handler.get("permissions", ())
    )
