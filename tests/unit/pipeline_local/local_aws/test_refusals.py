"""What the local AWS cannot do is an error that clients read, in each protocol."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
from botocore.exceptions import ClientError

if TYPE_CHECKING:
    from pipeline_local.aws import Aws

CALLS: list[tuple[str, str, str, dict[str, Any]]] = [
    ("query", "iam", "get_context_keys_for_custom_policy", {"PolicyInputList": ["{}"]}),
    ("query", "sts", "decode_authorization_message", {"EncodedMessage": "x"}),
    ("query", "rds", "describe_certificates", {}),
    ("query", "sns", "list_origination_numbers", {}),
    ("query", "cloudsearch", "describe_domains", {}),
    ("ec2", "ec2", "describe_reserved_instances_modifications", {}),
    ("json", "sagemaker", "list_apps", {}),
    ("json", "sqs", "list_message_move_tasks", {"SourceArn": "arn:aws:sqs:eu-central-1:1:q"}),
    ("json", "cloudwatch", "list_metric_streams", {}),
    ("json", "workmail", "list_organizations", {}),
    ("rest-json", "lambda", "list_code_signing_configs", {}),
    ("rest-json", "efs", "describe_account_preferences", {}),
    ("rest-json", "bedrock-runtime", "list_async_invokes", {}),
    ("rest-xml", "route53", "get_checker_ip_ranges", {}),
    ("rest-xml", "cloudfront", "list_realtime_log_configs", {}),
    (
        "smithy-rpc-v2-cbor",
        "partnercentral-revenue-measurement",
        "list_revenue_attributions",
        {"Catalog": "AWS"},
    ),
]


@pytest.mark.parametrize(("protocol", "service", "call", "request_"), CALLS)
def test_it_is_refused_as_the_protocol_wants(
    aws: Aws, protocol: str, service: str, call: str, request_: dict[str, Any]
) -> None:
    client = aws.client(service)
    assert client.meta.service_model.resolved_protocol == protocol
    with pytest.raises(ClientError) as error:
        getattr(client, call)(**request_)
    assert error.value.response["Error"]["Code"] == "NotImplemented"
    assert "the local AWS" in error.value.response["Error"]["Message"]
    assert error.value.response["ResponseMetadata"]["RetryAttempts"] == 0
