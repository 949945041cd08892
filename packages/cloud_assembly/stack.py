"""One stack of an assembly."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

_PARTITIONS = {"cn-": "aws-cn", "us-gov-": "aws-us-gov"}


def partition_of(region: str) -> str:
    """Return the AWS partition of a region."""
    return next((p for start, p in _PARTITIONS.items() if region.startswith(start)), "aws")


@dataclass(frozen=True)
class Stack:
    """One stack of the assembly.

    Attributes
    ----------
    assets : dict of str to Path
        File assets by object key in the staging bucket, each the file or folder in the assembly.
    parameters : dict of str to str
        Values given to parameters.
    alone : bool
        A template in no assembly: account, region and name stand for any.
    """

    name: str
    account: str
    region: str
    template: dict[str, Any]
    assets: dict[str, Path] = field(default_factory=dict)
    parameters: dict[str, str] = field(default_factory=dict)
    alone: bool = False

    @property
    def partition(self) -> str:
        """Return the AWS partition of the stack's region."""
        return partition_of(self.region)

    @property
    def url_suffix(self) -> str:
        """Return the domain of the partition's services."""
        return "amazonaws.com.cn" if self.partition == "aws-cn" else "amazonaws.com"

    @property
    def resources(self) -> dict[str, dict[str, Any]]:
        """Return the resources of the template by logical id."""
        return dict(self.template.get("Resources", {}))

    def resources_of_type(self, *types: str) -> Iterator[tuple[str, dict[str, Any]]]:
        """Yield logical id and body of every resource of one of the types, in template order."""
        for logical_id, resource in self.resources.items():
            if resource.get("Type") in types:
                yield logical_id, resource
