"""Executions on AWS, against an API that answers from a list."""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING, Any

import pytest
from botocore.exceptions import ClientError

from mlops import remote
from mlops_common.errors import MlopsError

if TYPE_CHECKING:
    from pathlib import Path

PIPELINE = "arn:aws:sagemaker:eu-central-1:111111111111:pipeline/secure-mlops-dev-training"
ARN = f"{PIPELINE}/execution/abc"


class SageMaker:
    """Answers an execution that goes on for one look, then ends."""

    def __init__(self, end: str) -> None:
        self.statuses = iter(["Executing", end])
        self.looks = 0
        self.started: dict[str, Any] = {}
        self.parameters = [{"Name": "GitRevision"}]

    def describe_pipeline(self, **asked: Any) -> dict[str, str]:
        if asked["PipelineName"] != "secure-mlops-dev-training":
            raise ClientError({"Error": {"Code": "ResourceNotFound"}}, "DescribePipeline")
        return {
            "PipelineArn": PIPELINE,
            "RoleArn": "arn:aws:iam::111111111111:role/r",
            "PipelineDefinition": json.dumps({"Parameters": self.parameters}),
        }

    def start_pipeline_execution(self, **asked: Any) -> dict[str, str]:
        self.started = asked
        return {"PipelineExecutionArn": ARN}

    def describe_pipeline_execution(self, **asked: Any) -> dict[str, str]:
        assert asked == {"PipelineExecutionArn": ARN}
        self.looks += 1
        status = next(self.statuses)
        reason = {"FailureReason": "bad rows"} if status == "Failed" else {}
        return {"PipelineExecutionStatus": status, **reason}

    def can_paginate(self, _operation: str) -> bool:
        return True

    def get_paginator(self, operation: str) -> SageMaker:
        assert operation == "list_pipeline_execution_steps"
        return self

    def paginate(self, **_asked: Any) -> list[dict[str, Any]]:
        done = {"StepName": "A", "StepStatus": "Succeeded"}
        going = {"StepName": "B", "StepStatus": "Executing" if self.looks < 2 else "Succeeded"}
        return [{"PipelineExecutionSteps": [going]}, {"PipelineExecutionSteps": [done]}]


@pytest.fixture
def api(monkeypatch: pytest.MonkeyPatch, request: pytest.FixtureRequest) -> SageMaker:
    found = SageMaker(request.param)

    class Connection:
        def client(self, service: str) -> SageMaker:
            assert service == "sagemaker"
            return found

    monkeypatch.setattr("mlops.local_project.connect", lambda *_place: Connection())
    monkeypatch.setattr(remote, "git_revision", lambda _root: "0123abc")
    return found


@pytest.mark.parametrize("api", ["Succeeded", "Failed"], indirect=True)
def test_an_execution_is_started_and_followed(api: SageMaker, tmp_path: Path) -> None:
    execution = remote.start_execution("training", "dev", {"Seed": "3"}, tmp_path)
    assert api.started["PipelineName"] == PIPELINE
    assert api.started["PipelineParameters"] == [
        {"Name": "GitRevision", "Value": "0123abc"},
        {"Name": "Seed", "Value": "3"},
    ]
    assert len(api.started["ClientRequestToken"]) >= 32
    assert (execution.arn, execution.status) == (ARN, "Executing")

    said: list[str] = []
    ended = remote.wait_for_execution(execution, said.append, poll_seconds=0)
    assert said == ["A: Succeeded", "B: Executing", "B: Succeeded"]
    failed = ended.status == "Failed"
    assert ended.failure == ("bad rows" if failed else "")
    assert [step["name"] for step in ended.steps] == ["B", "A"]


@pytest.mark.parametrize("api", ["Succeeded"], indirect=True)
def test_new_data_under_an_old_address_never_meets_an_old_result(
    api: SageMaker, tmp_path: Path
) -> None:
    api.parameters = [{"Name": "DataVersion"}]
    remote.start_execution("training", "dev", {}, tmp_path)
    (version,) = api.started["PipelineParameters"]
    assert re.fullmatch(r"as of \d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\+00:00", version["Value"])

    remote.start_execution("training", "dev", {"DataVersion": "7"}, tmp_path)
    assert api.started["PipelineParameters"] == [{"Name": "DataVersion", "Value": "7"}]


@pytest.mark.parametrize("api", ["Succeeded"], indirect=True)
def test_a_pipeline_that_is_not_deployed_is_named(api: SageMaker, tmp_path: Path) -> None:
    with pytest.raises(MlopsError, match=r"not deployed .* cdk deploy 'dev/\*' -c environment=dev"):
        remote.start_execution("other", "dev", {}, tmp_path)
    assert not api.started
