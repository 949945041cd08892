"""Values of the right shape for placeholders, so that patterns and lengths can be checked."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

from environments.names import ResourceNames
from mlops_contract.names import PROJECT_NAME, PROJECT_START
from pipeline_schema.walking import values_in

if TYPE_CHECKING:
    from environments.settings import EnvironmentSettings

PLACEHOLDER = re.compile(r"\$\{([^}!]+)\}")
PSEUDO_PARAMETERS = frozenset({"AWS::AccountId", "AWS::Partition", "AWS::Region", "AWS::URLSuffix"})
_DIGITS = "0123456789abcdef0"


def placeholders_in(value: Any) -> frozenset[str]:
    """Return the placeholders in a definition, pseudo parameters left out."""
    texts = (text for where, item in values_in(value) for text in (item, *where[-1:]))
    found = [name for text in texts if isinstance(text, str) for name in PLACEHOLDER.findall(text)]
    return frozenset(found) - PSEUDO_PARAMETERS


def fill_placeholders(value: Any, settings: EnvironmentSettings) -> Any:
    """Replace every placeholder by a value of the right shape."""
    if isinstance(value, str):
        return PLACEHOLDER.sub(lambda match: _sample(match, settings), value)
    if isinstance(value, dict):
        return {
            fill_placeholders(key, settings): fill_placeholders(item, settings)
            for key, item in value.items()
        }
    if isinstance(value, list):
        return [fill_placeholders(item, settings) for item in value]
    return value


def _sample(match: re.Match[str], settings: EnvironmentSettings) -> str:
    name = match[1]
    names = ResourceNames(settings)
    fixed = {
        "AWS::AccountId": settings.account,
        "AWS::Partition": "aws",
        "AWS::Region": settings.region,
        "AWS::URLSuffix": "amazonaws.com",
        "ArtifactsBucketName": names.artifacts_bucket,
        "DataBucketName": names.data_bucket,
        "LogsBucketName": names.logs_bucket,
        "ModelsBucketName": names.models_bucket,
        "JobSecurityGroupId": f"sg-{_DIGITS}",
        PROJECT_NAME: f"{PROJECT_START}sample",
    }
    if name in fixed:
        return fixed[name]
    if name.endswith("RoleArn"):
        return f"arn:aws:iam::{settings.account}:role/{names.role(name.removesuffix('Arn'))}"
    if name.endswith("KeyArn"):
        key = "01234567-89ab-cdef-0123-456789abcdef"
        return f"arn:aws:kms:{settings.region}:{settings.account}:key/{key}"
    if re.fullmatch(r"SubnetId\d+", name):
        return f"subnet-{_DIGITS}"
    return match[0]
