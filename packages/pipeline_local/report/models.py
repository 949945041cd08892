"""The model versions that a run registered or worked with."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable

    from pipeline_local.runs.run_state import RunState

_ARN = re.compile(
    r"arn:[\w-]+:sagemaker:[\w-]*:\d*:model-package/(?P<group>[^/]+)/(?P<version>\d+)"
)


@dataclass(frozen=True)
class ModelFacts:
    """A version; what the registry no longer knows is empty."""

    arn: str
    group: str
    version: str
    by: str  # the step, and what it did
    at_registration: str  # its approval then
    approval: str  # and when the report was written
    champion: str  # of its group, when the report was written
    description: str
    metadata: dict[str, Any] = field(default_factory=dict)


def models_of(state: RunState, describe: Callable[[str], dict[str, Any]]) -> list[ModelFacts]:
    """Return the versions that a run registered, then those that other steps name."""
    found: dict[str, ModelFacts] = {}
    for name, step in state.steps.items():
        if arn := step.properties.get("ModelPackageArn"):
            found[arn] = _facts(str(arn), f"{name} registered it", step.properties, describe)
    for name, step in state.steps.items():
        for value in outputs_of(step.properties).values():
            if _ARN.fullmatch(value) and value not in found:
                found[value] = _facts(value, f"{name} chose it", {}, describe)
    return list(found.values())


def outputs_of(properties: dict[str, Any]) -> dict[str, str]:
    """Return the outputs of a Lambda or Callback step, as text."""
    given = properties.get("OutputParameters")
    return {str(k): str(v) for k, v in given.items()} if isinstance(given, dict) else {}


def _facts(
    arn: str, by: str, registered: dict[str, Any], describe: Callable[[str], dict[str, Any]]
) -> ModelFacts:
    now = describe(arn)
    known = {**now, **registered}
    named = _ARN.fullmatch(arn)
    champion = str(now.get("Champion", ""))
    if now:
        champion = "this version" if champion == arn else champion or "none is approved"
    return ModelFacts(
        arn=arn,
        champion=champion,
        group=str(known.get("ModelPackageGroupName") or (named["group"] if named else "")),
        version=str(known.get("ModelPackageVersion") or (named["version"] if named else "")),
        by=by,
        at_registration=str(registered.get("ModelApprovalStatus", "")),
        approval=str(now.get("ModelApprovalStatus", "")),
        description=str(known.get("ModelPackageDescription", "")),
        metadata=dict(known.get("CustomerMetadataProperties") or {}),
    )
