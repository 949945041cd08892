"""The base class of an environment's stacks."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import aws_cdk as cdk

from environments.names import ResourceNames
from pipeline_definitions.model_projects import model_projects
from secure_mlops_constructs.private_function import FunctionLogging
from secure_mlops_constructs.published_parameters import PublishedParameters
from stacks.stack_place import place_of

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from constructs import Construct

    from environments.settings import EnvironmentSettings
    from pipeline_definitions.built import BuiltPipeline

# Where the code of the platform's functions is.
FUNCTIONS = Path(__file__).resolve().parent.parent / "functions"


class EnvironmentStage(cdk.Stage):
    """An environment, with the facts that several of its stacks need."""

    def __init__(
        self,
        scope: Construct,
        settings: EnvironmentSettings,
        *,
        pipelines: Sequence[BuiltPipeline] = (),
        delivered: Sequence[EnvironmentSettings] = (),
    ) -> None:
        environment = cdk.Environment(account=settings.account, region=settings.region)
        super().__init__(scope, settings.name, env=environment)
        self.settings, self.pipelines = settings, pipelines
        self.projects = model_projects(settings, pipelines)
        self.delivered = (delivered or (settings,)) if settings.delivery else delivered
        self.model_package_groups = sorted(
            {group for pipeline in pipelines for group in pipeline.model_package_groups}
        )
        self.key_arns: Mapping[str, str] = {}
        self.image_repositories: Sequence[str] = ()


class EnvironmentStack(cdk.Stack):
    """A stack in the account and region of its environment."""

    def __init__(self, stage: EnvironmentStage, construct_id: str, description: str) -> None:
        self.settings, self.key_arns = stage.settings, stage.key_arns
        self.projects = stage.projects
        self.names = ResourceNames(stage.settings)
        super().__init__(
            stage,
            construct_id,
            stack_name=f"{self.names.prefix}-{construct_id.lower()}",
            description=description,
            env=cdk.Environment(account=stage.account, region=stage.region),
        )

    @property
    def rules_arn(self) -> str:
        """ARN pattern of the environment's rules on the default bus."""
        return self.arn("events", f"rule/{self.names.prefix}-*")

    def arn(self, service: str, rest: str) -> str:
        """Build an ARN of this account and region."""
        return place_of(self).arn(service, rest)

    def function_logging(self, key_arn: str) -> FunctionLogging:
        """Return how functions log in this environment."""
        retention = self.settings.retention
        return FunctionLogging(key_arn=key_arn, days=retention.log_days, keep=retention.keep_data)

    def publish(self, values: Mapping[str, str]) -> None:
        """Write SSM parameters, by their paths below ``/secure-mlops/<environment>/``."""
        PublishedParameters(self, "Parameters", prefix=self.names.parameter(""), values=values)
