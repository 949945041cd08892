"""Every operation on pipelines that the API's model knows is answered, or refused by its name."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import boto3
import pytest
from botocore import xform_name
from botocore.config import Config
from botocore.exceptions import ClientError

from pipeline_local.aws.variables import DUMMY_SECRET, access_key
from pipeline_schema.api_model import service_model
from tests.unit.pipeline_local.local_aws.executing import (
    ROLE,
    TOKEN,
    ask,
    create,
    ended,
    fail,
    start,
    token_of,
)

if TYPE_CHECKING:
    from pipeline_local.aws import Aws

REFUSED = {"UpdatePipelineVersion"}
OPERATIONS = sorted(name for name in service_model().operation_names if "Pipeline" in name)


@pytest.fixture(scope="module")
def execution(aws: Aws) -> str:
    create(aws, "operations", fail("No"))
    arn = start(aws, "operations")
    ended(aws, arn)
    return arn


@pytest.fixture
def unchecked(aws: Aws) -> Any:
    """A client that sends what botocore would refuse."""
    return boto3.client(
        "sagemaker",
        config=Config(parameter_validation=False),
        endpoint_url=aws.endpoint_url,
        region_name=aws.region,
        aws_access_key_id=access_key(aws.account),
        aws_secret_access_key=DUMMY_SECRET,
    )


@pytest.mark.parametrize("operation", OPERATIONS)
def test_an_operation_is_answered_or_refused_by_name(
    aws: Aws, execution: str, name: str, operation: str
) -> None:
    known = {
        "PipelineName": "operations",
        "PipelineArn": execution.split("/execution", maxsplit=1)[0],
        "PipelineExecutionArn": execution,
        "PipelineVersionId": 1,
        "RoleArn": ROLE,
        "ClientRequestToken": TOKEN,
        "CallbackToken": "0123456789",
    }
    if operation in {"CreatePipeline", "DeletePipeline"}:
        known["PipelineName"] = name
    members = service_model().operation_model(operation).input_shape.required_members
    call = getattr(aws.client("sagemaker"), xform_name(operation))
    try:
        call(**{member: known[member] for member in members})
    except ClientError as error:
        code, message = error.response["Error"]["Code"], error.response["Error"]["Message"]
        if operation in REFUSED:
            assert (code, operation in message) == ("NotImplemented", True)
        else:
            assert code in {"ValidationException", "ResourceNotFound"}
    else:
        assert operation not in REFUSED


def test_a_definition_is_read_from_s3(aws: Aws, name: str, bucket: str) -> None:
    body = '{"Version": "2020-12-01", "Steps": []}'
    s3, sagemaker = aws.client("s3"), aws.client("sagemaker")
    s3.put_bucket_versioning(Bucket=bucket, VersioningConfiguration={"Status": "Enabled"})
    first = s3.put_object(Bucket=bucket, Key="p.json", Body=body.encode())["VersionId"]
    s3.put_object(Bucket=bucket, Key="p.json", Body=b"{")
    place = {"Bucket": bucket, "ObjectKey": "p.json"}
    given: Any = {"PipelineName": name, "RoleArn": ROLE, "ClientRequestToken": TOKEN}
    with pytest.raises(ClientError, match=r"ValidationException.*Unable to parse"):
        sagemaker.create_pipeline(**given, PipelineDefinitionS3Location=place)
    none = {**place, "ObjectKey": "none.json"}
    with pytest.raises(ClientError, match=r"ValidationException.*none\.json"):
        sagemaker.create_pipeline(**given, PipelineDefinitionS3Location=none)
    with pytest.raises(ClientError, match=r"ValidationException.*choose one of them"):
        sagemaker.create_pipeline(
            **given, PipelineDefinitionS3Location=place, PipelineDefinition=body
        )
    sagemaker.create_pipeline(**given, PipelineDefinitionS3Location={**place, "VersionId": first})
    assert sagemaker.describe_pipeline(PipelineName=name)["PipelineDefinition"] == body


def test_a_pipeline_with_a_running_execution_is_not_deleted(aws: Aws, name: str) -> None:
    queue = aws.client("sqs").create_queue(QueueName=name)["QueueUrl"]
    create(aws, name, ask("Ask", queue))
    arn = start(aws, name)
    sagemaker = aws.client("sagemaker")
    for waits in (lambda: None, lambda: token_of(aws, arn, "Ask")):  # at once, and within a step
        waits()
        with pytest.raises(ClientError, match=f"ConflictException.*Executing: {arn}"):
            sagemaker.delete_pipeline(PipelineName=name, ClientRequestToken=TOKEN)
    sagemaker.stop_pipeline_execution(PipelineExecutionArn=arn, ClientRequestToken=TOKEN)
    ended(aws, arn)
    deleted = sagemaker.delete_pipeline(PipelineName=name, ClientRequestToken=TOKEN)
    assert deleted["PipelineArn"] == arn.split("/execution", maxsplit=1)[0]
    with pytest.raises(ClientError, match="ResourceNotFound"):
        sagemaker.describe_pipeline(PipelineName=name)


@pytest.mark.parametrize("text", ["[" * 100_000, '{"Steps": ' + "[" * 100_000])
def test_a_definition_that_is_nested_too_deeply_is_refused(aws: Aws, name: str, text: str) -> None:
    with pytest.raises(ClientError, match=r"ValidationException.*nested too deeply"):
        aws.client("sagemaker").create_pipeline(
            PipelineName=name, PipelineDefinition=text, RoleArn=ROLE, ClientRequestToken=TOKEN
        )


def test_the_definition_of_an_unknown_execution_is_not_found(aws: Aws, execution: str) -> None:
    describe = aws.client("sagemaker").describe_pipeline_definition_for_execution
    assert '"No"' in describe(PipelineExecutionArn=execution)["PipelineDefinition"]
    with pytest.raises(ClientError, match="ResourceNotFound"):
        describe(PipelineExecutionArn=f"{execution}x")


@pytest.mark.parametrize("limit", [0, -1])
@pytest.mark.parametrize(
    "operation",
    ["create_pipeline", "update_pipeline", "start_pipeline_execution", "retry_pipeline_execution"],
)
def test_a_limit_that_lets_no_step_run_is_refused(
    unchecked: Any, execution: str, name: str, operation: str, limit: int
) -> None:
    limited = {"ParallelismConfiguration": {"MaxParallelExecutionSteps": limit}}
    made = {"PipelineDefinition": '{"Version": "2020-12-01", "Steps": []}', "RoleArn": ROLE}
    given = {
        "create_pipeline": {"PipelineName": name, **made},
        "retry_pipeline_execution": {"PipelineExecutionArn": execution},
    }.get(operation, {"PipelineName": "operations"})
    with pytest.raises(ClientError, match=r"ValidationException.*MaxParallelExecutionSteps"):
        getattr(unchecked, operation)(**given, **limited)


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("SelectiveExecutionConfig", {}),
        ("SelectiveExecutionConfig", {"SelectedSteps": []}),
        ("PipelineVersionId", 0),
        ("PipelineVersionId", -1),
    ],
)
def test_a_start_of_nothing_is_no_full_run(
    unchecked: Any, execution: str, field: str, value: Any
) -> None:
    del execution  # of the pipeline that is started
    with pytest.raises(ClientError, match=f"ValidationException.*{field}"):
        unchecked.start_pipeline_execution(PipelineName="operations", **{field: value})
