"""Metadata that our stacks put on resources, read with errors for people."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, TypeVar

from mlops_common.errors import MlopsError
from mlops_contract import metadata
from mlops_contract.records import MalformedRecordError

if TYPE_CHECKING:
    from collections.abc import Mapping

Value = TypeVar("Value")


def read_key(key: metadata.Key[Value], of: Mapping[str, Any], where: str) -> Value:
    """Read what stands under one key of a resource's metadata."""
    try:
        return key.read(of, where)
    except MalformedRecordError as error:
        raise MlopsError(str(error)) from None


def our_metadata(body: Mapping[str, Any], where: str) -> dict[str, Any]:
    """Select the keys of the contract from a resource, or from a template."""
    try:
        return metadata.ours(body.get("Metadata", {}), where)
    except MalformedRecordError as error:
        raise MlopsError(str(error)) from None
