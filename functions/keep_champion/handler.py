"""A copy of the newest approved model of a group where pipelines find it.

``champion/<group>/model.tar.gz`` and ``champion/<group>/champion.json`` in the models bucket are
the champion. The description is written last and so never speaks of a missing model; when nothing
is approved any more it goes first.
"""

from __future__ import annotations

import json
import logging
import os
from typing import TYPE_CHECKING, Any
from urllib.parse import urlparse

import boto3
from botocore.exceptions import ClientError

if TYPE_CHECKING:
    from mypy_boto3_s3 import S3Client
    from mypy_boto3_sagemaker import SageMakerClient
    from mypy_boto3_sagemaker.type_defs import DescribeModelPackageOutputTypeDef

logger = logging.getLogger()
logger.setLevel(logging.INFO)

APPROVED = "Approved"
MODEL, DESCRIPTION = "model.tar.gz", "champion.json"


def handle(event: dict[str, Any], context: object) -> dict[str, str | None]:
    """Update the champion of the event's model package group.

    Of EventBridge's "SageMaker Model Package State Change" only the group's name is taken: events
    come late, twice or out of order, so the registry is asked for the current state. The result,
    for the log, is the group and the ARN of its champion (None when nothing is approved).
    """
    del context
    group = event["detail"]["ModelPackageGroupName"]
    champion = keep(group, os.environ["CHAMPION_BUCKET"], os.environ["CHAMPION_KEY_ARN"])
    logger.info("champion of %s: %s", group, champion)
    return {"group": group, "champion": champion}


def keep(group: str, bucket: str, key_arn: str) -> str | None:
    """Copy the newest approved model of a group, or remove the old copy."""
    s3 = boto3.client("s3")
    package = newest_approved(boto3.client("sagemaker"), group)
    place = f"champion/{group}"
    if package is None:
        for name in (DESCRIPTION, MODEL):
            s3.delete_object(Bucket=bucket, Key=f"{place}/{name}")
        return None
    arn, source = package["ModelPackageArn"], model_data(package)
    if is_in_place(s3, bucket, place, arn):
        return arn
    encryption = {"ServerSideEncryption": "aws:kms", "SSEKMSKeyId": key_arn}
    origin = urlparse(source)
    s3.copy(
        {"Bucket": origin.netloc, "Key": origin.path.lstrip("/")},
        bucket,
        f"{place}/{MODEL}",
        ExtraArgs=encryption,
    )
    description = {
        "creation_time": package["CreationTime"].isoformat(),
        "model_data_url": source,
        "model_package_arn": arn,
        "model_package_group": group,
    }
    s3.put_object(
        Bucket=bucket,
        Key=f"{place}/{DESCRIPTION}",
        Body=json.dumps(description, indent=2, sort_keys=True).encode(),
        ContentType="application/json",
        ServerSideEncryption="aws:kms",
        SSEKMSKeyId=key_arn,
    )
    return arn


def newest_approved(
    sagemaker: SageMakerClient, group: str
) -> DescribeModelPackageOutputTypeDef | None:
    """Find the newest package of a group that is approved now."""
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
    return None


def model_data(package: DescribeModelPackageOutputTypeDef) -> str:
    """Return the S3 URI of a package's single model archive."""
    containers = package.get("InferenceSpecification", {}).get("Containers", [])
    urls = [container["ModelDataUrl"] for container in containers if "ModelDataUrl" in container]
    if len(containers) != 1 or not urls:
        raise ValueError(
            f"{package['ModelPackageArn']} has {len(containers)} containers and {len(urls)} model"
            " archives; a champion needs one container with a ModelDataUrl"
        )
    return urls[0]


def is_in_place(s3: S3Client, bucket: str, place: str, arn: str) -> bool:
    """Return whether a champion is copied already, so that a repeated event costs nothing."""
    try:
        body = s3.get_object(Bucket=bucket, Key=f"{place}/{DESCRIPTION}")["Body"].read()
        s3.head_object(Bucket=bucket, Key=f"{place}/{MODEL}")
    except ClientError as error:
        if error.response["Error"]["Code"] in {"NoSuchKey", "404"}:
            return False
        raise
    try:
        return bool(json.loads(body).get("model_package_arn") == arn)
    except (ValueError, AttributeError):
        return False
