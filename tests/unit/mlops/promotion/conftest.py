"""An environment with models, a small batch pipeline and its schedule, in a local AWS."""

from __future__ import annotations

import json
import uuid
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import pytest

from environments.loading import load_environment
from environments.names import ResourceNames
from mlops.promotion import promote
from mlops.promotion.schedule import BatchSchedule
from mlops.promotion.versions import InferencePipelines
from mlops.registry import Registry
from pipeline_definitions.model_project import ModelProject, ModelProjects
from pipeline_local.aws import Aws
from pipeline_local.local_aws import keeper

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from environments.settings import EnvironmentSettings
    from mlops.promotion import Outcome

SPECIFICATION: Any = {
    "Containers": [{"Image": "image", "ModelDataUrl": "s3://models/model.tar.gz"}],
    "SupportedContentTypes": ["text/csv"],
    "SupportedResponseMIMETypes": ["text/csv"],
}
AGE = ModelProject("abalone", "abalone-age", batch="batch-inference", training="training")
CHURN = ModelProject("churn", "churn", batch="churn-batch", training="churn")
START = {"PipelineName": "", "ClientRequestToken": "t-<aws.scheduler.scheduled-time>"}


def definition(*, works: bool = True, source: str = "InputDataUrl") -> str:
    """A pipeline with the parameters of batch inference; it fails for the batch `s3://bad/`."""
    good = {
        "Type": "Equals",
        "LeftValue": {"Get": f"Parameters.{source}"},
        "RightValue": "s3://bad/",
    }
    fail = {"Name": "Bad", "Type": "Fail", "Arguments": {"ErrorMessage": "bad rows"}}
    step = {
        "Name": "Look",
        "Type": "Condition",
        "Arguments": {"Conditions": [good], "IfSteps": [fail], "ElseSteps": []},
    }
    parameters = [source, "ModelPackage" if works else "Model", "ScoreAgain", "Rehearsal"]
    return json.dumps(
        {
            "Version": "2020-12-01",
            "Parameters": [
                {"Name": name, "Type": "String", "DefaultValue": "none"} for name in parameters
            ],
            "Steps": [step],
        }
    )


@dataclass(frozen=True)
class Platform:
    """The environment."""

    registry: Registry
    project: ModelProject = AGE

    @property
    def group(self) -> str:
        return self.registry.names.model_package_group(self.project.model_package_group)

    @property
    def sagemaker(self) -> Any:
        return self.registry.aws.client("sagemaker")

    @property
    def pipeline(self) -> str:
        return self.registry.names.pipeline(self.project.batch)

    def model(self, status: str = "Approved") -> str:
        answer = self.sagemaker.create_model_package(
            ModelPackageGroupName=self.group,
            InferenceSpecification=SPECIFICATION,
            ModelApprovalStatus=status,
            CustomerMetadataProperties={"RunId": "run", "DataUrl": "s3://good/"},
        )
        return str(answer["ModelPackageArn"])

    def promote(
        self, model: str, batch: str | None = None, say: Callable[[str], object] = str
    ) -> Outcome:
        version = self.registry.version(model)
        return promote(self.registry, version, batch=batch, revision="abc", say=say)

    def schedule(self) -> BatchSchedule:
        return BatchSchedule(self.registry, self.project)

    def scheduled_model(self) -> str | None:
        version = self.schedule().pipeline_version
        made = InferencePipelines(self.registry, self.project).all()
        return next((each.model for each in made if each.pipeline_version == version), None)

    def default_model(self) -> str:
        text = self.sagemaker.describe_pipeline(PipelineName=self.pipeline)["PipelineDefinition"]
        (found,) = (p for p in json.loads(text)["Parameters"] if p["Name"] == "ModelPackage")
        return str(found["DefaultValue"])


@pytest.fixture
def platform(server_state: Path) -> Platform:
    """An environment of this test's own."""
    account = f"{uuid.uuid4().int % 10**12:012d}"
    settings = load_environment("dev").model_copy(update={"account": account})
    aws = Aws(settings.region, account, keeper.ensure_server(server_state))
    return set_up_platform(registry_of(aws, settings))


def registry_of(
    aws: Aws, settings: EnvironmentSettings, *projects: ModelProject, with_files: bool = False
) -> Registry:
    """A registry with model projects of its own, whatever pipelines there are."""
    declared = ModelProjects(settings, projects or (AGE,))
    return Registry(aws, ResourceNames(settings), with_files, declared=declared)


def set_up_platform(registry: Registry, project: ModelProject = AGE) -> Platform:
    """Deploy, in small, what promoting models of a project needs."""
    aws, account = registry.aws, registry.aws.account
    found = Platform(registry, project)
    for group in (found.group, found.registry.names.model_package_group(project.batch)):
        found.sagemaker.create_model_package_group(ModelPackageGroupName=group)
    found.sagemaker.create_pipeline(
        PipelineName=found.pipeline,
        PipelineDefinition=definition(),
        RoleArn=f"arn:aws:iam::{account}:role/orchestration",
        ClientRequestToken=project.batch.ljust(32, "-"),
    )
    scheduler = aws.client("scheduler")
    if project is AGE:
        scheduler.create_schedule_group(Name="secure-mlops-dev")
    scheduler.create_schedule(
        Name=project.batch,
        GroupName="secure-mlops-dev",
        Description=f"Starts {project.batch}",
        ScheduleExpression="cron(0 2 * * ? *)",
        ScheduleExpressionTimezone="Europe/Berlin",
        FlexibleTimeWindow={"Mode": "FLEXIBLE", "MaximumWindowInMinutes": 15},
        State="DISABLED",
        KmsKeyArn=f"arn:aws:kms:{aws.region}:{account}:key/k",
        Target={
            "Arn": "arn:aws:scheduler:::aws-sdk:sagemaker:startPipelineExecution",
            "RoleArn": f"arn:aws:iam::{account}:role/scheduler",
            "Input": json.dumps({**START, "PipelineName": found.pipeline}),
            "RetryPolicy": {"MaximumRetryAttempts": 5, "MaximumEventAgeInSeconds": 3600},
        },
    )
    return found
