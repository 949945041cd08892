"""What runs is stopped first, and waited for: deliveries, builds, pipelines."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import boto3
import pytest
from botocore.stub import Stubber

from environments import load_environment
from mlops.teardown import Place, running
from mlops_common.errors import MlopsError

if TYPE_CHECKING:
    from collections.abc import Iterator

ACCOUNT = "111111111111"
EXECUTION = (
    f"arn:aws:sagemaker:eu-central-1:{ACCOUNT}:pipeline/secure-mlops-dev-training/execution/abc"
)
IDS = ["secure-mlops-dev-train:1", "secure-mlops-dev-train:0"]


class Stubbed:
    """Clients that answer what is expected of them, in order, and nothing else."""

    def __init__(self) -> None:
        self.stubs: dict[str, Stubber] = {}
        for service in ("codepipeline", "codebuild", "sagemaker"):
            client: Any = boto3.client(
                service,
                region_name="eu-central-1",
                aws_access_key_id="nobody",
                aws_secret_access_key="nothing",  # noqa: S106 - nobody's
            )
            self.stubs[service] = Stubber(client)
            self.stubs[service].activate()

    def client(self, service: str) -> Any:
        return self.stubs[service].client

    def expect(self, service: str, operation: str, answer: dict[str, Any], **asked: Any) -> None:
        self.stubs[service].add_response(operation, answer, asked)

    def round(self, delivery: str, build: str, execution: str) -> None:
        """Expect one look at everything."""
        self.expect(
            *("codepipeline", "list_pipelines"),
            {"pipelines": [{"name": "secure-mlops-dev-delivery"}, {"name": "of-others"}]},
        )
        self.expect(
            *("codepipeline", "list_pipeline_executions"),
            {"pipelineExecutionSummaries": [{"pipelineExecutionId": "x" * 8, "status": delivery}]},
            pipelineName="secure-mlops-dev-delivery",
        )
        self.expect(
            *("codebuild", "list_projects"),
            {"projects": ["secure-mlops-dev-train", "secure-mlops-prod-train"]},
        )
        self.expect(
            *("codebuild", "list_builds_for_project", {"ids": IDS}),
            projectName="secure-mlops-dev-train",
        )
        builds = [
            {"id": IDS[0], "buildStatus": build},
            {"id": IDS[1], "buildStatus": "SUCCEEDED"},
        ]
        self.expect("codebuild", "batch_get_builds", {"builds": builds}, ids=IDS)
        self.expect(
            *("sagemaker", "list_pipelines"),
            {"PipelineSummaries": [{"PipelineName": "secure-mlops-dev-training"}]},
        )
        summary = {"PipelineExecutionArn": EXECUTION, "PipelineExecutionStatus": execution}
        self.expect(
            *("sagemaker", "list_pipeline_executions", {"PipelineExecutionSummaries": [summary]}),
            PipelineName="secure-mlops-dev-training",
        )


@pytest.fixture
def aws(monkeypatch: pytest.MonkeyPatch) -> Iterator[Stubbed]:
    monkeypatch.setattr(running, "_POLL_SECONDS", 0.0)
    stubbed = Stubbed()
    yield stubbed
    for each in stubbed.stubs.values():
        each.assert_no_pending_responses()


def _place(aws: Any) -> Place:
    return Place(load_environment("dev"), aws)


def test_each_is_stopped_once_and_waited_for(aws: Stubbed) -> None:
    aws.round("InProgress", "IN_PROGRESS", "Executing")
    aws.expect(
        *("codepipeline", "stop_pipeline_execution", {}),
        pipelineName="secure-mlops-dev-delivery",
        pipelineExecutionId="x" * 8,
        abandon=True,
        reason="destroy",
    )
    aws.expect("codebuild", "stop_build", {}, id=IDS[0])
    stub = aws.stubs["sagemaker"]
    asked = {"PipelineExecutionArn": EXECUTION, "ClientRequestToken": running.token(EXECUTION)}
    stub.add_response("stop_pipeline_execution", {}, asked)
    aws.round("Stopping", "STOPPED", "Stopping")
    aws.round("Stopped", "STOPPED", "Stopped")
    told: list[str] = []
    running.stop_all(_place(aws), told.append)
    assert told == [
        f"stops delivery secure-mlops-dev-delivery/{'x' * 8}",
        f"stops build {IDS[0]}",
        f"stops pipeline execution {EXECUTION}",
    ]


def test_what_does_not_stop_is_named(aws: Stubbed, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(running, "_PATIENCE_SECONDS", -1.0)
    aws.round("Stopped", "STOPPED", "Stopping")
    with pytest.raises(MlopsError, match=f"pipeline execution {EXECUTION} does not stop"):
        running.stop_all(_place(aws), lambda _: None)
