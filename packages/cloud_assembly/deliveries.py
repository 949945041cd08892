"""Files that a deployment copies from the assembly into buckets (`BucketDeployment`)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from mlops_common.errors import MlopsError

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from cloud_assembly.intrinsics import Resolver
    from cloud_assembly.stack import Stack


@dataclass(frozen=True)
class Delivery:
    """One asset that ends up under a prefix of a bucket."""

    source: Path  # a folder or file of the assembly; a zip when `extract` is set
    bucket: str
    prefix: str  # without leading or trailing slash; may be empty
    extract: bool  # delivers the content rather than the archive itself
    markers: dict[str, str]  # replacements in the files by values known only at deployment


def deliveries_of(stack: Stack, resolver: Resolver) -> Iterator[Delivery]:
    """Yield the deliveries of one stack."""
    for logical_id, resource in stack.resources_of_type("Custom::CDKBucketDeployment"):
        properties: dict[str, Any] = resolver.resolve_mapping(resource["Properties"], stack)
        keys = properties["SourceObjectKeys"]
        markers = properties.get("SourceMarkers") or [{}] * len(keys)
        for key, replaced in zip(keys, markers, strict=True):
            if key not in stack.assets:
                raise MlopsError(
                    f"stack {stack.name}: delivery {logical_id}: no asset {key}; what jobs read "
                    "comes with the cloud assembly: name the folder that cdk synth wrote"
                )
            yield Delivery(
                source=stack.assets[key],
                bucket=properties["DestinationBucketName"],
                prefix=str(properties.get("DestinationBucketKeyPrefix", "")).strip("/"),
                extract=str(properties.get("Extract", True)).lower() != "false",
                markers={name: str(value) for name, value in replaced.items()},
            )
