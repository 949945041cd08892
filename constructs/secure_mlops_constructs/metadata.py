"""Records for proofs, reviews and auditors in the metadata of a resource."""

from __future__ import annotations

from typing import TYPE_CHECKING, TypeVar

import aws_cdk as cdk

if TYPE_CHECKING:
    from constructs import IConstruct

    from mlops_contract.metadata import Key

Value = TypeVar("Value")


def declare(scope: IConstruct, key: Key[Value], value: Value) -> None:
    """Write a record into the metadata of a construct's main resource."""
    main_resource(scope).add_metadata(key.name, key.write(value))


def main_resource(scope: IConstruct) -> cdk.CfnResource:
    """Return the resource that a construct stands for."""
    resource = scope if cdk.CfnResource.is_cfn_resource(scope) else scope.node.default_child
    if not isinstance(resource, cdk.CfnResource):
        raise TypeError(f"{scope.node.path} has no main resource to carry metadata")
    return resource
