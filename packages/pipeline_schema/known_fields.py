"""The fields of the objects in a definition that are no request of the API."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

from pipeline_schema.values import with_article

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

# Of steps and parameters (API Reference, PipelineExecutionStep; the published JSON schema).
NAME = re.compile(r"[A-Za-z0-9_-]{1,64}")
NAME_RULE = "must be 1 to 64 letters, digits, hyphens and underscores"
_MOST_CHARACTERS = {"Description": 4096, "DisplayName": 256, "DefaultValue": 4096}
PARALLELISM = ("ParallelismConfig", "ParallelismConfiguration")  # as the API's requests spell it
# `Metadata` and `PipelineExperimentConfig` are without effect: there are no experiments here.
FIELDS: Mapping[str, tuple[str, ...]] = {
    "a definition": (
        *("Version", "Metadata", "Parameters", "PipelineExperimentConfig", "MlflowConfig"),
        *(*PARALLELISM, "Steps"),
    ),
    "a parameter": ("Name", "Description", "Type", "DefaultValue", "EnumValues"),
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
    "an output": ("OutputName", "OutputType"),
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


def text_problems(owner: dict[str, Any], *names: str) -> Iterator[str]:
    """Yield a line for each of some fields that is no text, or too long.

    Examples
    --------
    >>> list(text_problems({"DisplayName": 5}, "DisplayName", "Description"))
    ['DisplayName: is an Integer, not a String']
    """
    for name in names:
        text, most = owner.get(name), _MOST_CHARACTERS[name]
        if text is not None and not isinstance(text, str):
            yield f"{name}: is {with_article(text)}, not a String"
        elif len(text or "") > most:
            yield f"{name}: has {len(text or '')} characters; at most {most} are taken"
