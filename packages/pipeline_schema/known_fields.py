"""The fields of the objects in a definition that are no request of the API."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

PARALLELISM = ("ParallelismConfig", "ParallelismConfiguration")  # as the API's requests spell it
# `Metadata` and `PipelineExperimentConfig` are without effect: there are no experiments here.
FIELDS: Mapping[str, tuple[str, ...]] = {
    "a definition": (
        *("Version", "Metadata", "Parameters", "PipelineExperimentConfig", "MlflowConfig"),
        *(*PARALLELISM, "Steps"),
    ),
    "a parameter": ("Name", "Type", "DefaultValue", "EnumValues"),
    "ParallelismConfig": ("MaxParallelExecutionSteps",),
    "PipelineExperimentConfig": ("ExperimentName", "TrialName"),
    "a property file": ("PropertyFileName", "OutputName", "FilePath"),
    "CacheConfig": ("Enabled", "ExpireAfter"),
    "a retry policy": (
        *("ExceptionType", "IntervalSeconds", "BackoffRate", "MaxAttempts", "ExpireAfterMin"),
    ),
    "Std:Join": ("On", "Values"),
    "Std:JsonGet": ("PropertyFile", "S3Uri", "Path"),
    "a Condition step's arguments": ("Conditions",),  # beside its nested steps
    "a Lineage step's arguments": ("Actions", "Artifacts", "Contexts", "Associations"),
    "an association": ("Source", "Destination", "AssociationType"),
    "a Fail step's arguments": ("ErrorMessage",),
}


def unknown_fields(kind: str, given: Iterable[object], where: str = "") -> Iterator[str]:
    """Yield a line for each field that an object of a kind does not have.

    Examples
    --------
    >>> list(unknown_fields("CacheConfig", {"Enabled": True, "Until": 5}, "CacheConfig"))
    ['CacheConfig.Until: is not a field of CacheConfig']
    """
    for name in sorted(map(str, {*given} - {*FIELDS[kind]})):
        yield f"{where}.{name}: is not a field of {kind}".removeprefix(".")
