"""Requests that no client of AWS sends are refused as AWS refuses them."""

from __future__ import annotations

import http.client
import json
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

import pytest
from botocore.exceptions import ClientError

from pipeline_local.local_aws.request_forms import refused_form
from pipeline_schema.api_model import service_model
from tests.unit.pipeline_local.local_aws.executing import ROLE

if TYPE_CHECKING:
    from pipeline_local.aws import Aws

JSON, FORM = "application/x-amz-json-1.1", "application/x-www-form-urlencoded"
LIST = "SageMaker.ListPipelines"


def signed(service: str, kind: str, target: str = "") -> dict[str, str]:
    scope = f"Credential=111111111111/20260101/eu-central-1/{service}/aws4_request"
    headers = {"Authorization": f"AWS4-HMAC-SHA256 {scope}, SignedHeaders=host, Signature=0"}
    return {**headers, "Content-Type": kind, **({"X-Amz-Target": target} if target else {})}


@pytest.mark.parametrize(
    ("headers", "body", "code"),
    [
        (signed("sagemaker", JSON), "{}", "UnknownOperationException"),
        (signed("sagemaker", JSON, "SageMaker.Nope"), "{}", "UnknownOperationException"),
        (signed("sagemaker", JSON, "ListPipelines"), "{}", "UnknownOperationException"),
        (signed("sagemaker", "text/plain", LIST), "{}", "UnknownOperationException"),
        (signed("sagemaker", FORM, LIST), "{}", "UnknownOperationException"),
        ({"Content-Type": JSON, "X-Amz-Target": LIST}, "{}", "MissingAuthenticationToken"),
        *(
            (signed("sagemaker", JSON, LIST), body, "SerializationException")
            for body in ("", "{", "[]", "null", "\udcff", "[" * 100_000)
        ),
        (signed("sagemaker", JSON, LIST), '{"MaxResults": "a"}', "ValidationException"),
        (signed("logs", JSON, "Logs_20140328.DescribeLogGroups"), "{", "SerializationException"),
        (signed("logs", JSON, "Logs_20140328.Nope"), "{}", "UnknownOperationException"),
        (signed("sts", FORM), "", "MissingAction"),
        (signed("ec2", FORM), "Action", "MissingAction"),
        (signed("sns", FORM), "Action=Nope", "InvalidAction"),
    ],
)
def test_malformed_requests_are_the_client_s_mistake(
    aws: Aws, headers: dict[str, str], body: str, code: str
) -> None:
    host = aws.environment()["AWS_ENDPOINT_URL"].removeprefix("http://")
    connection = http.client.HTTPConnection(host, timeout=60)
    connection.request("POST", "/", body.encode(errors="surrogateescape"), headers)
    answer = connection.getresponse()
    text = answer.read().decode()
    connection.close()
    assert answer.status == 400
    assert code in text
    if headers["Content-Type"] == JSON:
        assert json.loads(text)["__type"].startswith(code)


def asked(operation: str, request: Any) -> str:
    headers = signed("sagemaker", JSON, f"SageMaker.{operation}")
    environ = {f"HTTP_{name.upper().replace('-', '_')}": text for name, text in headers.items()}
    environ |= {"REQUEST_METHOD": "POST", "PATH_INFO": "/", "CONTENT_TYPE": JSON}
    answer = refused_form(environ, json.dumps(request).encode())
    return json.loads(answer[2])["message"] if answer else ""


def test_every_operation_of_sagemaker_asks_for_its_members() -> None:
    for operation in service_model().operation_names:
        shape: Any = service_model().operation_model(operation).input_shape
        said = asked(operation, {})
        for name in shape.required_members if shape else ():
            assert f"{name}: is missing" in said, operation


@pytest.mark.parametrize(
    ("request_", "problem"),
    [
        ({"ModelName": "a b"}, "1 validation error detected: ModelName: 'a b' does not match"),
        ({"ModelName": "m", "Tags": None}, ""),
        ({"ModelName": "m", "Odd": 1}, "Odd: is not a field of CreateModelInput"),
        ({"ModelName": {"Get": "x"}}, "ModelName: {'Get': 'x'} is not of type string"),
        ({"ModelName": "m", "Tags": [{"Key": "k"}]}, "Tags[0].Value: is missing"),
    ],
)
def test_members_are_validated_by_botocore_s_model(request_: Any, problem: str) -> None:
    said = asked("CreateModel", request_)
    assert problem in said
    assert bool(said) == bool(problem)


def test_no_endpoint_answers(aws: Aws) -> None:
    client = aws.client("sagemaker-runtime")
    for invoke, given in (
        (client.invoke_endpoint, {"Body": b"1"}),
        (client.invoke_endpoint_async, {"InputLocation": "s3://b/k"}),
    ):
        with pytest.raises(ClientError, match=r"/endpoints/e/.*: no endpoint serves here"):
            invoke(EndpointName="e", **given)


def test_metrics_of_trial_components_are_kept(aws: Aws, name: str) -> None:
    aws.client("sagemaker").create_trial_component(TrialComponentName=name)
    metric = {"MetricName": "loss", "Timestamp": datetime.now(UTC), "Value": 1.0, "Step": 1}
    query: Any = {
        "MetricName": "loss",
        "ResourceArn": "arn:aws:sagemaker:eu-central-1:111111111111:experiment-trial-component/a",
        "MetricStat": "Min",
        "Period": "OneMinute",
        "XAxisType": "IterationNumber",
    }
    client = aws.client("sagemaker-metrics")
    assert not client.batch_put_metrics(TrialComponentName=name, MetricData=[metric])["Errors"]
    with pytest.raises(ClientError, match="no such API of sagemaker is here"):
        client.batch_get_metrics(MetricQueries=[query])


def test_an_error_s_words_are_said_once(aws: Aws, name: str) -> None:
    text = json.dumps({"Steps": [{"Name": "F", "Type": "Fail", "Arguments": {"ErrorMessage": ""}}]})
    create = {"PipelineName": name, "PipelineDefinition": text, "RoleArn": ROLE}
    aws.client("sagemaker").create_pipeline(**create)
    with pytest.raises(ClientError) as error:
        aws.client("sagemaker").create_pipeline(**create)
    assert str(error.value).count("An error occurred") == 1
    assert "Pipeline names must be unique" in str(error.value)
