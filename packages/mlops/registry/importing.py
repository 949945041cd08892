"""Promotion of an approved version from the previous environment."""

from __future__ import annotations

import json
import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from mlops.aws_calls import explained
from mlops.registry.approval import caller_of, normalized
from mlops_common.errors import MlopsError
from mlops_contract.names import MODEL_IMPORTER

if TYPE_CHECKING:
    from environments.promotion import Neighbour
    from mlops.registry.registry import Registry
    from mlops.registry.versions import ModelVersion

_NAMED = re.compile(r"(?P<group>[\w-]+)/(?P<version>[0-9]+)")
_ARN = "arn:"


@dataclass(frozen=True)
class Import:
    """Result of an import."""

    version: ModelVersion
    source: str  # ARN in the previous environment
    made: bool  # False if it was here already


def import_version(registry: Registry, wanted: str, reason: str) -> Import:
    """Have the environment's importer copy a version: ``GROUP/VERSION``, or an ARN."""
    settings = registry.names.settings
    before = settings.previous_environment
    if before is None:
        raise MlopsError(
            f"no environment promotes models to {settings.name}; set promotes_to: {settings.name}"
            " in the file of another environment"
        )
    source, reason = _arn(registry, before, wanted), normalized(reason)
    answer = _ask(registry, {"version": source, "reason": reason, "by": caller_of(registry)})
    return Import(registry.version(answer["version"]), source, bool(answer["made"]))


def _arn(registry: Registry, before: Neighbour, wanted: str) -> str:
    """Return a version's ARN in the previous environment, which only the importer can read."""
    if wanted.startswith(_ARN):
        return wanted
    found = _NAMED.fullmatch(wanted)
    if found is None:
        raise MlopsError(f"{wanted!r} is not a GROUP/VERSION of {before.name}, such as churn/3")
    partition = registry.aws.client("sts").meta.partition
    group = found["group"].removeprefix(f"{before.prefix}-")
    place = f"{before.region}:{before.account}"
    name = f"{before.prefix}-{group}/{int(found['version'])}"
    return f"arn:{partition}:sagemaker:{place}:model-package/{name}"


def _ask(registry: Registry, event: dict[str, Any]) -> dict[str, Any]:
    name = registry.names.function(MODEL_IMPORTER)
    environment = registry.names.settings.name
    local = f"mlops local deploy --environment {environment}"
    deploy = local if registry.aws.is_local else f"cdk deploy '{environment}/*'"
    missing = f"{environment} has no function {name} yet: {deploy}"
    with explained(missing, "ResourceNotFoundException"):
        answer = registry.aws.client("lambda").invoke(
            FunctionName=name, Payload=json.dumps(event).encode()
        )
    content: dict[str, Any] = json.loads(answer["Payload"].read())
    if "FunctionError" in answer:
        raise MlopsError(f"not promoted: {content.get('errorMessage', content)}")
    return content
