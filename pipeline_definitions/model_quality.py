"""Compare what turned out to be true with what a model had said, when the truth comes late.

ChooseModel → JoinTruth → NoTruthYet → CheckModelQuality → MeasureQuality → PublishMetrics; while
there is no truth for the model's own predictions it ends with PublishNothing.
"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from pipeline_definitions import quality, sdk
from pipeline_definitions.inference import lambda_step
from pipeline_definitions.jobs import Compute, JobInput, instance_type_parameter, run_prefix
from pipeline_definitions.steps import JobSteps

if TYPE_CHECKING:
    from pipeline_definitions.environment import PipelineEnvironment

DISPLAY_NAME = "Abalone age: model quality"
NAME = "model-quality"
MODEL_PACKAGE_GROUP = "abalone-age"
PROCESSING_CODE = Path(__file__).parent.parent / "processing_code"
SCORED = "predictions/batch-inference/scored"
NEWEST = "newest-approved"
CHOSEN = ["ModelPackageArn", "QualityStatistics", "QualityConstraints"]


TRUTH_REPORT = sdk.PropertyFile(name="TruthReport", output_name="report", path="truth.json")
FIGURES = sdk.PropertyFile(name="Figures", output_name="report", path="figures.json")


def get_pipeline(environment: PipelineEnvironment) -> sdk.Pipeline:
    """Compose the model-quality pipeline."""
    parameters = _Parameters(environment)
    steps = _Steps(environment, parameters)
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
        NAME,
        parameters=vars(parameters).values(),
        steps=[choose, join, no_truth_yet],
    )


class _Parameters:
    """The parameters of an execution."""

    def __init__(self, environment: PipelineEnvironment) -> None:
        self.model_package = sdk.ParameterString("ModelPackage", default_value=NEWEST)
        self.truth = sdk.ParameterString(
            "InputDataUrl", default_value=f"s3://{environment.data_bucket}/abalone/truth/"
        )
        self.instance_type = instance_type_parameter(environment, "InstanceType")
        self.fail_on_violation = sdk.ParameterBoolean("FailOnViolation", default_value=False)


class _Steps(JobSteps):
    """The steps, each a function of those before it."""

    def __init__(self, environment: PipelineEnvironment, parameters: _Parameters) -> None:
        super().__init__(environment, PROCESSING_CODE, Compute(parameters.instance_type))
        self.parameters = parameters
        self.predictions = environment.keep(SCORED)
        self.findings = run_prefix(environment, "CheckModelQuality")

    def choose(self) -> sdk.RequestStep:
        return lambda_step(
            self.environment,
            "ChooseModel",
            function="model-chooser",
            inputs={
                "group": self.environment.names.model_package_group(MODEL_PACKAGE_GROUP),
                "wanted": self.parameters.model_package,
                "needs": "Quality",
            },
            outputs=CHOSEN,
            description="Look up the model's version, and the baseline of its errors.",
        )

    def join(self, model_package: sdk.Properties) -> sdk.RequestStep:
        return self.processing(
            "JoinTruth",
            script="join_truth.py",
            inputs=[
                JobInput("data", self.parameters.truth),
                JobInput("predictions", f"{self.predictions}/"),
                self.wheelhouse(),
            ],
            outputs=["pairs", "report"],
            arguments=["--model-package", model_package],
            property_files=[TRUTH_REPORT],
            # Truths and predictions come under addresses that stay.
            cached=False,
            description="Put each truth beside the prediction of the same id.",
        )

    def check(self, chosen: sdk.Properties, pairs: sdk.Properties) -> sdk.RequestStep:
        return quality.check_step(
            self.environment,
            "CheckModelQuality",
            quality=quality.regression(prediction="prediction", truth="rings"),
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
        return self.processing(
            "MeasureQuality",
            script="measure_quality.py",
            inputs=[
                JobInput("check", self.findings),
                JobInput("baseline", chosen.QualityConstraints),
                JobInput("registered", chosen.QualityStatistics),
                JobInput("truth", truth),
            ],
            outputs=["report"],
            property_files=[FIGURES],
            description="Mean squared error, and how far beyond chance it is above the baseline.",
            launcher="",
            depends_on=[after],
        )

    def publish(self, name: str, figures: sdk.JsonGet, description: str) -> sdk.RequestStep:
        return lambda_step(
            self.environment,
            name,
            function="metrics-publisher",
            inputs={
                "pipeline": NAME,
                "started": sdk.ExecutionVariables.START_DATETIME,
                "instance_type": self.parameters.instance_type,
                "instance_count": 1,
                "figures": figures,
            },
            outputs=["Published"],
            integers=("Published",),
            description=description,
        )
