"""The values of the placeholders in pipeline definitions."""

from __future__ import annotations

from typing import TYPE_CHECKING

from stacks import buckets, keys, roles

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from environments.names import ResourceNames

_KEYS = {
    buckets.ARTIFACTS: "ArtifactsKeyArn",
    buckets.DATA: "DataKeyArn",
    buckets.MODELS: "ModelsKeyArn",
    keys.VOLUMES: "VolumeKeyArn",
}
_ROLES = {
    roles.INFERENCE: "InferenceRoleArn",
    roles.ORCHESTRATION: "OrchestrationRoleArn",
    roles.PROCESSING: "ProcessingRoleArn",
    roles.QUERY: "QueryRoleArn",
    roles.UNLOAD: "UnloadRoleArn",
    roles.TRAINING: "TrainingRoleArn",
}


def pipeline_values(
    names: ResourceNames,
    *,
    key_arns: Mapping[str, str],
    role_arns: Mapping[str, str],
    job_group_id: str,
    subnet_ids: Sequence[str],
) -> dict[str, str]:
    """Return the values by placeholder."""
    return {
        "ArtifactsBucketName": names.artifacts_bucket,
        "DataBucketName": names.data_bucket,
        "LogsBucketName": names.logs_bucket,
        "ModelsBucketName": names.models_bucket,
        "JobSecurityGroupId": job_group_id,
        **{_KEYS[purpose]: arn for purpose, arn in key_arns.items() if purpose in _KEYS},
        **{_ROLES[name]: arn for name, arn in role_arns.items()},
        **{f"SubnetId{number}": each for number, each in enumerate(subnet_ids, start=1)},
    }
