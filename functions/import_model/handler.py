"""The import of an approved version of the environment before into this one.

Artefact and baselines are copied under this environment's keys and compared, and a version is
registered with its origin and the reason. It waits for a decision here, whatever was decided
there. A second call for the same version registers nothing; after a failure it starts with the
copies again.
"""

from __future__ import annotations

import hashlib
import logging
import os
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

import boto3
from copies import Files

if TYPE_CHECKING:
    from mypy_boto3_sagemaker import SageMakerClient

logger = logging.getLogger()
logger.setLevel(logging.INFO)

APPROVED, PENDING = "Approved", "PendingManualApproval"
# In the customer metadata: the version in the environment before, the one that was trained, and the
# hash of the artefact.
PROMOTED_FROM, TRAINED_AS, ARTEFACT_HASH = "PromotedFrom", "TrainedAs", "ArtifactSha256"
# What of a version is the same everywhere.
SAME = ("Domain", "Task", "MetadataProperties", "SkipModelValidation")
SAME_OF_CONTAINER = ("Image", "ImageDigest", "Environment", "Framework", "FrameworkVersion")
SAME_OF_USE = (
    "SupportedTransformInstanceTypes",
    "SupportedRealtimeInferenceInstanceTypes",
    "SupportedContentTypes",
    "SupportedResponseMIMETypes",
)
LONGEST_TOKEN, LONGEST_DESCRIPTION = 36, 1024


def handle(event: dict[str, Any], context: object) -> dict[str, Any]:
    """Import one version.

    Parameters
    ----------
    event : dict
        ``version``: ARN of the version in the environment before. ``reason``: why it goes on.
        ``by``: the caller, as the command knows; the trail of the account tells for certain.

    Returns
    -------
    dict
        ``version``: ARN of the version here; ``promoted_from``; and ``made``, whether this call
        registered it.
    """
    del context
    source = str(event.get("version", ""))
    group, number = named(source, os.environ["SOURCE_VERSIONS"])
    sagemaker = boto3.client("sagemaker")
    package: Any = sagemaker.describe_model_package(ModelPackageName=source)
    if package.get("ModelApprovalStatus") != APPROVED:
        status = package.get("ModelApprovalStatus")
        raise ValueError(f"{source} is {status}; only what is {APPROVED} goes on")
    target = f"{os.environ['TARGET_PREFIX']}-{group}"
    here = already_here(sagemaker, target, source)
    made = here is None
    if here is None:
        files = Files(f"{group}/{number}")
        request = registration(package, target, files)
        request["ModelPackageDescription"] = description(event, package, source)
        here = sagemaker.create_model_package(**request)["ModelPackageArn"]
    logger.info("%s is %s here", source, here)
    return {"version": here, "promoted_from": source, "made": made}


def named(arn: str, beginning: str) -> tuple[str, str]:
    """Split a version's ARN into group and number.

    The ARNs of the environment before start with `beginning`, up to the group's short name.
    """
    group, _, version = arn.removeprefix(beginning).partition("/")
    if not arn.startswith(beginning) or not group or not version.isdigit():
        raise ValueError(f"{arn!r} is no version of a model that goes on to here ({beginning}…)")
    return group, version


def already_here(sagemaker: SageMakerClient, group: str, source: str) -> str | None:
    """Find the version that an earlier call registered for a source's ARN."""
    pages = sagemaker.get_paginator("list_model_packages").paginate(ModelPackageGroupName=group)
    for page in pages:
        for summary in page["ModelPackageSummaryList"]:
            arn = summary["ModelPackageArn"]
            found = sagemaker.describe_model_package(ModelPackageName=arn)
            if found.get("CustomerMetadataProperties", {}).get(PROMOTED_FROM) == source:
                return arn
    return None


def registration(package: dict[str, Any], group: str, files: Files) -> dict[str, Any]:
    """Copy the files of a version, and return the request that registers the copy."""
    source, use = package["ModelPackageArn"], package.get("InferenceSpecification", {})
    containers = use.get("Containers", [])
    if len(containers) != 1 or "ModelDataUrl" not in containers[0]:
        raise ValueError(f"{source} has no single container with a model")
    artefact = files.copied("MODELS", containers[0]["ModelDataUrl"])
    known = dict(package.get("CustomerMetadataProperties", {}))
    if known.get(ARTEFACT_HASH, artefact.sha256) != artefact.sha256:
        raise ValueError(
            f"{containers[0]['ModelDataUrl']} has the SHA-256 {artefact.sha256}, when it was"
            f" registered it had {known[ARTEFACT_HASH]}"
        )
    container = {name: containers[0][name] for name in SAME_OF_CONTAINER if containers[0].get(name)}
    return {
        "ModelPackageGroupName": group,
        "ModelApprovalStatus": PENDING,
        "InferenceSpecification": {
            **{name: use[name] for name in SAME_OF_USE if use.get(name)},
            "Containers": [{**container, "ModelDataUrl": artefact.uri}],
        },
        **{
            name: measured
            for name in ("ModelMetrics", "DriftCheckBaselines")
            if (measured := with_copies(package.get(name, {}), files))
        },
        **{name: package[name] for name in SAME if package.get(name)},
        "CustomerMetadataProperties": {
            **known,
            PROMOTED_FROM: source,
            TRAINED_AS: known.get(TRAINED_AS, source),
            ARTEFACT_HASH: artefact.sha256,
        },
        "ClientToken": hashlib.sha256(source.encode()).hexdigest()[:LONGEST_TOKEN],
    }


def with_copies(part: dict[str, Any], files: Files) -> dict[str, Any]:
    """Copy the files that a part of a version names, and name the copies instead.

    Files that go with the run that made them are left out; such a report of the test stands in the
    metadata, too.
    """
    copied: dict[str, Any] = {}
    for name, value in part.items():
        if isinstance(value, dict) and "S3Uri" in value:
            if files.lasts("ARTIFACTS", value["S3Uri"]):
                copied[name] = {**value, "S3Uri": files.copied("ARTIFACTS", value["S3Uri"]).uri}
        elif isinstance(value, dict) and (inner := with_copies(value, files)):
            copied[name] = inner
    return copied


def description(event: dict[str, Any], package: dict[str, Any], source: str) -> str:
    """Describe who imported a version, when and why, with its former description."""
    reason = " ".join(str(event.get("reason", "")).split()) or "no reason given"
    when = datetime.now(UTC).strftime("%Y-%m-%d %H:%M:%S UTC")
    parts = [
        f"{reason} (promoted from {source} by {event.get('by') or 'somebody'}, {when})",
        f"approved there: {package['ApprovalDescription']}"
        if package.get("ApprovalDescription")
        else "",
        package.get("ModelPackageDescription") or "",
    ]
    return "; ".join(part for part in parts if part)[:LONGEST_DESCRIPTION]
