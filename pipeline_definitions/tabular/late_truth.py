"""The quality pipeline of a table's problem: late truths beside what a model had said.

ChooseModel → JoinTruth → NoTruthYet → CheckModelQuality → MeasureQuality → PublishMetrics; while
there is no truth for the model's own predictions it ends with PublishNothing.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from mlops_contract.data_places import TRUTH, data_prefix
from pipeline_definitions import quality as checks
from pipeline_definitions import sdk
from pipeline_definitions.inference import lambda_step
from pipeline_definitions.jobs import Compute, JobInput, instance_type_parameter, run_prefix
from pipeline_definitions.tabular.problem import ProblemSteps
from pipeline_definitions.tabular.rows import quarantine

if TYPE_CHECKING:
    from collections.abc import Callable

    from pipeline_definitions.environment import PipelineEnvironment
    from pipeline_definitions.tabular.problem import Jobs, Problem

NEWEST = "newest-approved"
CHOSEN = ["ModelPackageArn", "QualityStatistics", "QualityConstraints"]
TRUTH_REPORT = sdk.PropertyFile(name="TruthReport", output_name="report", path="truth.json")
FIGURES = sdk.PropertyFile(name="Figures", output_name="report", path="figures.json")


@dataclass(frozen=True)
class QualityPipeline:
    """A quality pipeline: its short name, the group of its models, and the figures it publishes.

    `dataset` has the truths, and `scored_by` is the batch pipeline whose predictions are compared;
    `figure` says what is measured.
    """

    name: str
    group: str
    dataset: str
    scored_by: str
    monitored: checks.Quality
    figure: str


def quality(environment: PipelineEnvironment, problem: Problem) -> sdk.Pipeline:
    """Compose the quality pipeline of a problem."""
    pipeline = QualityPipeline(
        name=f"{problem.name}-quality",
        group=problem.name,
        dataset=problem.name,
        scored_by=f"{problem.name}-batch",
        monitored=problem.monitored,
        figure="The model's figure, and how far it is beyond the baseline.",
    )
    return compose_quality(
        environment, pipeline, lambda compute: ProblemSteps(environment, problem, compute)
    )


def compose_quality(
    environment: PipelineEnvironment,
    pipeline: QualityPipeline,
    jobs: Callable[[Compute], Jobs],
) -> sdk.Pipeline:
    """Compose a quality pipeline of jobs that join truths and measure."""
    parameters = _Parameters(environment, pipeline)
    steps = _Steps(environment, pipeline, jobs, parameters)
    choose = steps.choose()
    join = steps.join(choose.properties.ModelPackageArn)
    joined = join.properties.ProcessingOutputConfig.Outputs
    check = steps.check(choose.properties, joined["pairs"].S3Output.S3Uri)
    measure = steps.measure(choose.properties, joined["report"].S3Output.S3Uri, after=check)
    publish = steps.publish(
        "PublishMetrics",
        sdk.figure(measure, FIGURES, "publish"),
        "The model's error, duration and cost, as metrics.",
    )
    nothing = steps.publish(
        "PublishNothing",
        sdk.figure(join, TRUTH_REPORT, "publish"),
        "The truth of a new model's predictions comes late.",
    )
    no_truth_yet = sdk.ConditionStep(
        "NoTruthYet",
        conditions=[sdk.ConditionEquals(left=sdk.figure(join, TRUTH_REPORT, "pairs"), right=0)],
        if_steps=[nothing],
        else_steps=[check, measure, publish],
    )
    return sdk.compose(
        environment,
        pipeline.name,
        parameters=vars(parameters).values(),
        steps=[choose, join, no_truth_yet],
    )


class _Parameters:
    """The parameters of an execution."""

    def __init__(self, environment: PipelineEnvironment, pipeline: QualityPipeline) -> None:
        self.model_package = sdk.ParameterString("ModelPackage", default_value=NEWEST)
        place = f"s3://{environment.data_bucket}/{data_prefix(pipeline.dataset, TRUTH)}"
        self.truth = sdk.ParameterString("InputDataUrl", default_value=place)
        self.instance_type = instance_type_parameter(environment, "InstanceType")
        self.fail_on_violation = sdk.ParameterBoolean("FailOnViolation", default_value=False)


class _Steps:
    """The steps, each a function of those before it."""

    def __init__(
        self,
        environment: PipelineEnvironment,
        pipeline: QualityPipeline,
        jobs: Callable[[Compute], Jobs],
        parameters: _Parameters,
    ) -> None:
        self.environment, self.pipeline, self.parameters = environment, pipeline, parameters
        self.compute = Compute(parameters.instance_type)
        self.job = jobs(self.compute).job
        self.predictions = environment.keep(f"predictions/{pipeline.scored_by}/scored")
        self.findings = run_prefix(environment, "CheckModelQuality")

    def choose(self) -> sdk.RequestStep:
        return lambda_step(
            self.environment,
            "ChooseModel",
            function="model-chooser",
            inputs={
                "group": self.environment.names.model_package_group(self.pipeline.group),
                "wanted": self.parameters.model_package,
                "needs": "Quality",
            },
            outputs=CHOSEN,
            description="Look up the model's version, and the baseline of its errors.",
        )

    def join(self, model_package: sdk.Properties) -> sdk.RequestStep:
        refused = quarantine(self.environment, self.pipeline.dataset, TRUTH)
        return self.job(
            "JoinTruth",
            "join",
            inputs=[
                JobInput("data", self.parameters.truth),
                JobInput("predictions", f"{self.predictions}/"),
            ],
            outputs=["pairs", "report", *refused],
            places=refused,
            kept_of_failed=[*refused],
            arguments=["--model-package", model_package],
            property_files=[TRUTH_REPORT],
            # Truths and predictions come under addresses that stay.
            cached=False,
            description="Put each truth beside the prediction of the same id.",
        )

    def check(self, chosen: sdk.Properties, pairs: sdk.Properties) -> sdk.RequestStep:
        return checks.check_step(
            self.environment,
            "CheckModelQuality",
            quality=self.pipeline.monitored,
            dataset_uri=pairs,
            results_uri=self.findings,
            statistics_uri=chosen.QualityStatistics,
            constraints_uri=chosen.QualityConstraints,
            fail_on_violation=self.parameters.fail_on_violation,
            compute=self.compute,
            description="The model's errors, against those on its test rows.",
        )

    def measure(
        self, chosen: sdk.Properties, truth: sdk.Properties, *, after: sdk.RequestStep
    ) -> sdk.RequestStep:
        return self.job(
            "MeasureQuality",
            "measure",
            inputs=[
                JobInput("check", self.findings),
                JobInput("baseline", chosen.QualityConstraints),
                JobInput("registered", chosen.QualityStatistics),
                JobInput("truth", truth),
            ],
            outputs=["report"],
            property_files=[FIGURES],
            description=self.pipeline.figure,
            depends_on=[after],
        )

    def publish(self, name: str, figures: sdk.JsonGet, description: str) -> sdk.RequestStep:
        return lambda_step(
            self.environment,
            name,
            function="metrics-publisher",
            inputs={
                "pipeline": self.pipeline.name,
                "started": sdk.ExecutionVariables.START_DATETIME,
                "instance_type": self.parameters.instance_type,
                "instance_count": 1,
                "figures": figures,
            },
            outputs=["Published"],
            integers=("Published",),
            description=description,
        )
