"""The choice of the model version that a pipeline works with, and the places of its parts.

A given version has to be approved, too: what was rejected or rolled back scores nothing.
"""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING, Any

import boto3

if TYPE_CHECKING:
    from mypy_boto3_sagemaker import SageMakerClient
    from mypy_boto3_sagemaker.type_defs import DescribeModelPackageOutputTypeDef

logger = logging.getLogger()
logger.setLevel(logging.INFO)

APPROVED = "Approved"
NEWEST = "newest-approved"
NONE = "none"


def handle(event: dict[str, Any], context: object) -> dict[str, str]:
    """Choose a model version.

    Parameters
    ----------
    event : dict
        ``group``: name of the model package group. ``wanted``: ``newest-approved``, a version's
        number, or its ARN. ``needs``: the kinds of baselines that it must have, any of ``Data`` and
        ``Quality``, separated by commas.

    Returns
    -------
    dict
        ``ModelPackageArn``, ``ModelVersion``, ``ModelDataUrl``, and the S3 URIs of the baselines
        registered with it: ``DataStatistics``, ``DataConstraints``, ``QualityStatistics`` and
        ``QualityConstraints``; ``none`` where it has none and needs none.
    """
    del context
    group, wanted = str(event["group"]), str(event["wanted"]).strip()
    sagemaker = boto3.client("sagemaker")
    package = (
        newest_approved(sagemaker, group)
        if wanted == NEWEST
        else named_version(sagemaker, group, wanted)
    )
    answer = parts_of(package, str(event.get("needs", "")).split(","))
    logger.info("%s of %s: %s", wanted, group, answer["ModelPackageArn"])
    return answer


def newest_approved(sagemaker: SageMakerClient, group: str) -> DescribeModelPackageOutputTypeDef:
    """Find the newest version that is approved now."""
    pages = sagemaker.get_paginator("list_model_packages").paginate(
        ModelPackageGroupName=group, SortBy="CreationTime", SortOrder="Descending"
    )
    for page in pages:
        for summary in page["ModelPackageSummaryList"]:
            if summary.get("ModelApprovalStatus") != APPROVED:
                continue
            package = sagemaker.describe_model_package(ModelPackageName=summary["ModelPackageArn"])
            if package.get("ModelApprovalStatus") == APPROVED:
                return package
    raise ValueError(f"no version of {group} is approved; approve one: mlops models approve")


def named_version(
    sagemaker: SageMakerClient, group: str, wanted: str
) -> DescribeModelPackageOutputTypeDef:
    """Look up an approved version of the group by number or ARN."""
    arn = wanted
    if wanted.isdigit():
        number = int(wanted)
        pages = sagemaker.get_paginator("list_model_packages").paginate(ModelPackageGroupName=group)
        known = {
            summary.get("ModelPackageVersion"): summary["ModelPackageArn"]
            for page in pages
            for summary in page["ModelPackageSummaryList"]
        }
        if number not in known:
            raise ValueError(f"{group} has no version {number}")
        arn = known[number]
    if f":model-package/{group}/" not in arn:
        raise ValueError(f"{wanted} is neither {NEWEST}, nor a version of {group}")
    package = sagemaker.describe_model_package(ModelPackageName=arn)
    status = package.get("ModelApprovalStatus")
    if status != APPROVED:
        raise ValueError(f"{arn} is {status}, not {APPROVED}; approve it: mlops models approve")
    return package


def parts_of(package: DescribeModelPackageOutputTypeDef, needs: list[str]) -> dict[str, str]:
    """Return the places of a version's parts."""
    arn = package["ModelPackageArn"]
    containers = package.get("InferenceSpecification", {}).get("Containers", [])
    urls = [container["ModelDataUrl"] for container in containers if "ModelDataUrl" in container]
    if len(urls) != 1 or len(containers) != 1:
        raise ValueError(f"{arn} has {len(urls)} model archives, where one is needed")
    baselines: dict[str, Any] = dict(package.get("DriftCheckBaselines", {}))
    answer = {
        "ModelPackageArn": arn,
        "ModelVersion": str(package.get("ModelPackageVersion", "")),
        "ModelDataUrl": urls[0],
    }
    for name, kind in (("Data", "ModelDataQuality"), ("Quality", "ModelQuality")):
        for part in ("Statistics", "Constraints"):
            uri = baselines.get(kind, {}).get(part, {}).get("S3Uri")
            if not uri and name in needs:
                raise ValueError(
                    f"{arn} was registered without {part} of {kind}: train it again, so that it"
                    " has baselines to be watched by"
                )
            answer[f"{name}{part}"] = uri or NONE
    return answer
