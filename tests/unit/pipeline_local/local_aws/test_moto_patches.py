"""Patches of moto, seen from a client; every test here fails without its patch."""

from __future__ import annotations

import io
import json
from typing import TYPE_CHECKING, Any

import pytest
from botocore.exceptions import ClientError

from pipeline_local.aws import Aws, FunctionTarget
from pipeline_local.aws.control import ask
from pipeline_local.local_aws import keeper

if TYPE_CHECKING:
    from pathlib import Path

SPECIFICATION: Any = {
    "Containers": [{"Image": "image", "ModelDataUrl": "s3://models/model.tar.gz"}],
    "SupportedContentTypes": ["text/csv"],
    "SupportedResponseMIMETypes": ["text/csv"],
}


def _create(aws: Aws, group: str, **more: Any) -> str:
    answer = aws.client("sagemaker").create_model_package(
        ModelPackageGroupName=group, InferenceSpecification=SPECIFICATION, **more
    )
    return answer["ModelPackageArn"]


def _describe(aws: Aws, arn: str) -> Any:
    return aws.client("sagemaker").describe_model_package(ModelPackageName=arn)


def _versions(aws: Aws, group: str, **more: Any) -> list[int]:
    answer = aws.client("sagemaker").list_model_packages(ModelPackageGroupName=group, **more)
    return [summary["ModelPackageVersion"] for summary in answer["ModelPackageSummaryList"]]


def test_the_access_key_names_the_account(server_state: Path) -> None:
    server = keeper.ensure_server(server_state)
    for account in ("222222222222", "333333333333"):
        caller = Aws("eu-central-1", account, server).client("sts").get_caller_identity()
        assert caller["Account"] == account


def test_accounts_do_not_see_each_other(server_state: Path, aws: Aws, group: str) -> None:
    other = Aws(aws.region, "222222222222", keeper.ensure_server(server_state))
    groups = other.client("sagemaker").list_model_package_groups(NameContains=group)
    assert groups["ModelPackageGroupSummaryList"] == []


def test_a_bucket_policy_is_stored_but_not_enforced(aws: Aws, bucket: str) -> None:
    arn = f"arn:aws:s3:::{bucket}"
    policy = {
        "Version": "2012-10-17",
        "Statement": [
            {
                "Effect": "Deny",
                "Principal": "*",
                "Action": "s3:*",
                "Resource": [arn, f"{arn}/*"],
                "Condition": {"StringNotEquals": {"aws:SourceVpce": "vpce-1"}},
            }
        ],
    }
    s3 = aws.client("s3")
    s3.put_bucket_policy(Bucket=bucket, Policy=json.dumps(policy))
    s3.put_object(Bucket=bucket, Key="k", Body=b"content")
    assert s3.get_object(Bucket=bucket, Key="k")["Body"].read() == b"content"
    assert json.loads(s3.get_bucket_policy(Bucket=bucket)["Policy"]) == policy


def test_a_copy_of_an_object_that_came_in_parts_can_be_read(aws: Aws, bucket: str) -> None:
    s3 = aws.client("s3")
    content = bytes(range(256)) * 40_000  # above the 8 MB from which clients send parts
    s3.upload_fileobj(io.BytesIO(content), bucket, "model")
    s3.copy_object(Bucket=bucket, Key="copy", CopySource={"Bucket": bucket, "Key": "model"})
    for key in ("model", "copy"):
        assert s3.get_object(Bucket=bucket, Key=key)["Body"].read() == content


def test_a_group_is_not_made_twice(aws: Aws, name: str) -> None:
    client = aws.client("sagemaker")
    client.create_model_package_group(
        ModelPackageGroupName=name, ModelPackageGroupDescription="first"
    )
    with pytest.raises(ClientError, match="already exists"):
        client.create_model_package_group(ModelPackageGroupName=name)
    group = client.describe_model_package_group(ModelPackageGroupName=name)
    assert group["ModelPackageGroupDescription"] == "first"


def test_an_approval_keeps_the_customer_metadata(aws: Aws, group: str) -> None:
    arn = _create(aws, group, CustomerMetadataProperties={"RunId": "r"})
    assert _describe(aws, arn)["CustomerMetadataProperties"] == {"RunId": "r"}
    aws.client("sagemaker").update_model_package(
        ModelPackageArn=arn, ModelApprovalStatus="Approved", ApprovalDescription="why"
    )
    assert _describe(aws, arn)["CustomerMetadataProperties"] == {"RunId": "r"}


def test_a_change_of_metadata_keeps_the_approval(aws: Aws, group: str) -> None:
    arn = _create(aws, group, CustomerMetadataProperties={"a": "1", "b": "1"})
    client = aws.client("sagemaker")
    client.update_model_package(
        ModelPackageArn=arn, ModelApprovalStatus="Approved", ApprovalDescription="why"
    )
    client.update_model_package(
        ModelPackageArn=arn,
        CustomerMetadataProperties={"b": "2"},
        CustomerMetadataPropertiesToRemove=["a"],
    )
    package = _describe(aws, arn)
    assert package["ModelApprovalStatus"] == "Approved"
    assert package["ApprovalDescription"] == "why"
    assert package["CustomerMetadataProperties"] == {"b": "2"}
    assert _versions(aws, group, ModelApprovalStatus="Approved") == [1]


def test_a_repeated_client_token_makes_no_second_package(aws: Aws, group: str) -> None:
    first = _create(aws, group, ClientToken="token-1-of-" + group)
    assert _create(aws, group, ClientToken="token-1-of-" + group) == first
    assert _create(aws, group, ClientToken="token-2-of-" + group) != first
    assert _versions(aws, group) == [1, 2]


def test_a_new_package_is_pending(aws: Aws, group: str) -> None:
    assert _describe(aws, _create(aws, group))["ModelApprovalStatus"] == "PendingManualApproval"


def test_a_group_may_be_named_by_its_arn(aws: Aws, group: str) -> None:
    arn = aws.client("sagemaker").describe_model_package_group(ModelPackageGroupName=group)
    assert _create(aws, arn["ModelPackageGroupArn"]).endswith(f"/{group}/1")


def test_fields_that_moto_forgets_are_answered(aws: Aws, group: str) -> None:
    card: Any = {"ModelCardContent": "{}", "ModelCardStatus": "Draft"}
    arn = _create(aws, group, SourceUri="s3://source", ModelCard=card)
    package = _describe(aws, arn)
    assert (package["SourceUri"], package["ModelCard"]) == ("s3://source", card)
    aws.client("sagemaker").update_model_package(ModelPackageArn=arn, SourceUri="s3://other")
    package = _describe(aws, arn)
    assert (package["SourceUri"], package["ModelCard"]) == ("s3://other", card)


def test_an_unsupported_request_fails_at_once(aws: Aws) -> None:
    with pytest.raises(ClientError, match="the local AWS cannot do this") as caught:
        aws.client("sagemaker").list_monitoring_alerts(MonitoringScheduleName="x")
    assert caught.value.response["ResponseMetadata"]["RetryAttempts"] == 0


def test_state_changes_are_events_and_reach_the_function(
    aws: Aws, group: str, bucket: str, tmp_path: Path
) -> None:
    (tmp_path / "handler.py").write_text(
        "import json, os, boto3\n"
        "def handler(event, context):\n"
        "    name = event['detail']['ModelApprovalStatus'] + '.json'\n"
        "    boto3.client('s3').put_object(\n"
        "        Bucket=os.environ['BUCKET'], Key=name, Body=json.dumps(event))\n"
    )
    pattern = {
        "source": ["aws.sagemaker"],
        "detail-type": ["SageMaker Model Package State Change"],
        "detail": {"ModelPackageGroupName": [group]},
    }
    function = FunctionTarget(tmp_path, environment={"BUCKET": bucket}, name="keeper")
    assert aws.register_event_target(f"rule-{group}", pattern, function)
    arn = _create(aws, group, ClientToken="t-" + group, CustomerMetadataProperties={"RunId": "r"})
    _create(aws, group, ClientToken="t-" + group)
    client = aws.client("sagemaker")
    client.update_model_package(ModelPackageArn=arn, ModelApprovalStatus="Approved")
    client.update_model_package(ModelPackageArn=arn, CustomerMetadataProperties={"x": "y"})
    s3 = aws.client("s3")
    keys = [found["Key"] for found in s3.list_objects_v2(Bucket=bucket)["Contents"]]
    assert keys == ["Approved.json", "PendingManualApproval.json"]
    event = json.loads(s3.get_object(Bucket=bucket, Key="Approved.json")["Body"].read())
    assert event["source"] == "aws.sagemaker"
    assert event["account"] == aws.account
    assert event["region"] == aws.region
    assert event["resources"] == [arn]
    detail = event["detail"]
    assert detail["ModelPackageArn"] == arn
    assert detail["ModelPackageGroupName"] == group
    assert detail["ModelPackageVersion"] == 1
    assert detail["ModelPackageStatus"] == "Completed"
    assert detail["InferenceSpecification"] == SPECIFICATION
    assert detail["CustomerMetadataProperties"] == {"RunId": "r"}
    status = ask(aws._server, "status")  # type: ignore[arg-type]
    assert status is not None
    about = [outcome for outcome in status["deliveries"] if outcome["about"] == arn]
    assert [(o["status"], o["succeeded"], o["attempts"]) for o in about] == [
        ("PendingManualApproval", True, 1),
        ("Approved", True, 1),
    ]


def test_a_version_is_described_in_the_account_of_its_arn(
    server_state: Path, aws: Aws, group: str
) -> None:
    other = Aws(aws.region, "222222222222", keeper.ensure_server(server_state))
    arn = _create(aws, group)
    assert _describe(other, arn)["ModelPackageArn"] == arn
    with pytest.raises(ClientError):
        _describe(other, f"{arn}0")
