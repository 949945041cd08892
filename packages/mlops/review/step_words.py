"""Words for the places in a step's request and for their values."""

from __future__ import annotations

import re
from typing import Any

from mlops.review.flatten import MISSING, in_place_of
from mlops.review.naming import property_in_words
from pipeline_schema.expressions import is_expression

# Pattern of a place in a step -> words; groups of the pattern may stand in them. First match wins.
_PLACES: tuple[tuple[str, str], ...] = (
    (r".*\bInstanceType$", "instance type"),
    (r".*\bInstanceCount$", "instance count"),
    (r".*\bVolumeSizeInGB$", "volume size in GB"),
    (r".*\bMaxRuntimeInSeconds$", "longest run in seconds"),
    (r".*\bMaxWaitTimeInSeconds$", "longest wait in seconds"),
    (r".*\b(?:ImageUri|TrainingImage|Image)$", "image"),
    (r".*\b(?:Static)?HyperParameters\.(.+)", r"hyperparameter `\1`"),
    (r".*\bEnvironment\.(.+)", r"environment variable `\1`"),
    (r".*\bContainerEntrypoint$", "entry point"),
    (r".*\bContainerArguments$", "arguments"),
    (r".*\bEnableNetworkIsolation$", "network isolation"),
    (r".*\bEnableInterContainerTrafficEncryption$", "encryption between instances"),
    (r".*\bEnableManagedSpotTraining$", "spot training"),
    (r".*\bSubnets$", "subnets"),
    (r".*\bSecurityGroupIds$", "security groups"),
    (r".*\b(?:Volume)?KmsKeyId$", "key"),
    (r"Arguments\.RoleArn$", "role"),
    (r".*\b(?:ProcessingInputs|InputDataConfig)\.([^.]+)\..*\bS3Uri$", r"source of input `\1`"),
    (r".*\b(?:ProcessingInputs|InputDataConfig)\.([^.]+)\.(.+)", r"input `\1`: \2"),
    (r".*\bOutputs\.([^.]+)\..*\bS3Uri$", r"place of output `\1`"),
    (r".*\bOutputs\.([^.]+)\.(.+)", r"output `\1`: \2"),
    (r"Arguments\.Conditions\.(\d+)\.RightValue$", r"condition \1: right side"),
    (r"Arguments\.Conditions\.(\d+)\.LeftValue.*$", r"condition \1: left side"),
    (r"Arguments\.Conditions\.(\d+)\.Type$", r"condition \1: comparison"),
    (r"Arguments\.ErrorMessage$", "error message"),
    (r"CacheConfig\.Enabled$", "caching"),
    (r"CacheConfig\.ExpireAfter$", "age at which its cached result expires"),
    (r"RetryPolicies\.(\d+)\.(.+)", r"retry policy \1: \2"),
    (r"PropertyFiles\.([^.]+)\.(.+)", r"property file `\1`: \2"),
)
_CODE = re.compile(r"/(code|wheelhouse)/([0-9a-f]{64})\b")


def place_in_words(path: str) -> str:
    """Name a place in a step."""
    for pattern, words in _PLACES:
        found = re.fullmatch(pattern, path)
        if found:
            return found.expand(words)
    return property_in_words(path.removeprefix("Arguments."))


def code_digest(value: Any) -> tuple[str, str] | None:
    """Return "code" or "wheelhouse" and the SHA-256 in its place; None for anything else."""
    found = _CODE.search(value) if isinstance(value, str) else None
    return (found[1], found[2]) if found else None


def expression_in_words(value: Any) -> Any:
    """Render an expression of a pipeline: ``Parameters.Seed`` is "parameter Seed"."""
    if isinstance(value, list):
        return [expression_in_words(each) for each in value]
    if value is MISSING or not is_expression(value):
        return value
    ((function, argument),) = value.items()
    if function == "Std:Join" and len(argument.get("Values", ())) == 1:  # how the SDK makes text
        return expression_in_words(argument["Values"][0])
    if function == "Get":
        return re.sub(r"^Parameters\.", "parameter ", str(argument))
    if function == "Std:Join":
        parts = (
            f"${{{expression_in_words(part)}}}" if is_expression(part) else str(part)
            for part in argument.get("Values", ())
        )
        return str(argument.get("On", "")).join(parts)
    inner = expression_in_words(argument.get("PropertyFile", argument.get("S3Uri")))
    return f"{argument.get('Path')} in {inner}"


def row(path: str, old: Any, new: Any) -> str:
    """Describe how a place of a step differs; `MISSING` stands for no value."""
    place = place_in_words(path)
    if isinstance(old, bool) and isinstance(new, bool):
        return f"{place} {'off → on' if new else 'on → off'}"
    return f"{place} {in_place_of(expression_in_words(old), expression_in_words(new))}"
