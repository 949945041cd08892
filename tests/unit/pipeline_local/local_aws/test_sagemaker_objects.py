"""Objects of SageMaker that only answer; every test here fails without its patch."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from pipeline_local.aws import Aws

IMAGE = "111122223333.dkr.ecr.eu-central-1.amazonaws.com/sagemaker-xgboost:3.0-5"
ROLE = "arn:aws:iam::111111111111:role/Job"


def test_a_model_is_described_with_all_that_was_asked_for(aws: Aws, name: str) -> None:
    client: Any = aws.client("sagemaker")
    asked: dict[str, Any] = {
        "ExecutionRoleArn": ROLE,
        "Containers": [{"Image": IMAGE, "Environment": {"A": "1"}}, {"Image": IMAGE}],
        "InferenceExecutionConfig": {"Mode": "Serial"},
        "EnableNetworkIsolation": True,
    }
    client.create_model(ModelName=name, **asked)
    answer = client.describe_model(ModelName=name)
    assert {key: answer.get(key) for key in asked} == asked
