"""The custom resource that revokes the rules of a VPC's default security group."""

from __future__ import annotations

import json
import logging
import urllib.request
from typing import TYPE_CHECKING, Any

import boto3
from botocore.exceptions import ClientError

if TYPE_CHECKING:
    from mypy_boto3_ec2.type_defs import IpPermissionTypeDef

logger = logging.getLogger()
logger.setLevel(logging.INFO)

ALL_TRAFFIC = "-1"
ALREADY_GONE = "InvalidPermission.NotFound"


def handle(event: dict[str, Any], context: Any) -> None:
    """Answer a custom-resource request with ``DefaultSecurityGroupId`` and ``Account``.

    A deletion changes nothing: a closed group stays closed.
    """
    status, reason = "SUCCESS", ""
    try:
        if event["RequestType"] != "Delete":
            properties = event["ResourceProperties"]
            close(properties["DefaultSecurityGroupId"], properties["Account"])
    except Exception as error:  # whatever it is, CloudFormation waits an hour without an answer
        logger.exception("the default group could not be closed")
        status, reason = "FAILED", f"{type(error).__name__}: {error}"
    answer(event, status, f"{reason} (log stream {context.log_stream_name})")


def close(group_id: str, account: str) -> None:
    """Revoke the two rules of a new default group; a missing rule is fine."""
    ec2 = boto3.client("ec2")
    from_itself: IpPermissionTypeDef = {
        "IpProtocol": ALL_TRAFFIC,
        "UserIdGroupPairs": [{"GroupId": group_id, "UserId": account}],
    }
    to_anywhere: IpPermissionTypeDef = {
        "IpProtocol": ALL_TRAFFIC,
        "IpRanges": [{"CidrIp": "0.0.0.0/0"}],
    }
    for revoke, rule in (
        (ec2.revoke_security_group_ingress, from_itself),
        (ec2.revoke_security_group_egress, to_anywhere),
    ):
        try:
            revoke(GroupId=group_id, IpPermissions=[rule])
        except ClientError as error:
            if error.response["Error"]["Code"] != ALREADY_GONE:
                raise


def answer(event: dict[str, Any], status: str, reason: str) -> None:
    """Put the outcome to the signed ``ResponseURL`` of CloudFormation's request."""
    request = event["RequestType"] == "Create"
    body = {
        "Status": status,
        "Reason": reason,
        "PhysicalResourceId": (
            event["ResourceProperties"]["DefaultSecurityGroupId"]
            if request
            else event["PhysicalResourceId"]
        ),
        "StackId": event["StackId"],
        "RequestId": event["RequestId"],
        "LogicalResourceId": event["LogicalResourceId"],
    }
    put = urllib.request.Request(  # noqa: S310 - the URL is CloudFormation's
        event["ResponseURL"],
        data=json.dumps(body).encode(),
        method="PUT",
        headers={"Content-Type": ""},
    )
    with urllib.request.urlopen(put, timeout=30):  # noqa: S310 - as above
        pass
