"""Score a batch of abalones with a registered model, and tell how far the batch can be trusted.

ChooseModel → Preprocess → IsNew → CreateModel → Score → CheckDataQuality → Postprocess →
PublishMetrics → Announce; a batch that was scored before ends with PublishRepeated.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from pipeline_definitions import quality, queries, sdk
from pipeline_definitions.inference import lambda_step, model_step, transform_step
from pipeline_definitions.jobs import Compute, JobInput, instance_type_parameter, run_prefix
from pipeline_definitions.steps import JobSteps

if TYPE_CHECKING:
    from pipeline_definitions.environment import PipelineEnvironment
    from pipeline_definitions.jobs import ProcessingInput

DISPLAY_NAME = "Abalone age: batch inference"
NAME = "batch-inference"
MODEL_PACKAGE_GROUP = "abalone-age"
PROCESSING_CODE = Path(__file__).parent.parent / "processing_code"
PREDICTIONS = f"predictions/{NAME}"
NEWEST = "newest-approved"
SET_ASIDE_LIMIT = 0.25
# What the model is asked, and what it answers: prediction, lower and upper end.
ASKED_COLUMNS, ANSWER_COLUMNS = 8, 3
CHOSEN = ["ModelPackageArn", "ModelVersion", "ModelDataUrl", "DataStatistics", "DataConstraints"]


BATCH_REPORT = sdk.PropertyFile(name="BatchReport", output_name="report", path="batch.json")
FIGURES = sdk.PropertyFile(name="Figures", output_name="report", path="figures.json")


def get_pipeline(environment: PipelineEnvironment) -> sdk.Pipeline:
    """Compose the batch-inference pipeline."""
    batch = _batch(environment)
    parameters = _Parameters(environment, batch)
    steps = _Steps(environment, parameters)
    choose = steps.choose()
    chosen = choose.properties
    preprocess = steps.preprocess(batch, chosen)
    prepared = preprocess.properties.ProcessingOutputConfig.Outputs
    model = model_step(
        environment,
        "CreateModel",
        model_package=chosen.ModelPackageArn,
        description="The registered version, isolated, in our subnets.",
    )
    score = steps.score(model.properties.ModelName, prepared["records"].S3Output.S3Uri)
    check = steps.check(chosen, prepared["delivered"].S3Output.S3Uri, after=score)
    postprocess = steps.postprocess(chosen, prepared, score, after=check)
    publish = steps.publish(
        "PublishMetrics",
        sdk.figure(postprocess, FIGURES, "publish"),
        "Rows, violations, drift, duration and cost, as metrics.",
    )
    announce = steps.announce(sdk.figure(postprocess, FIGURES, "announce"), after=publish)
    repeated = steps.publish(
        "PublishRepeated",
        sdk.figure(preprocess, BATCH_REPORT, "publish"),
        "The batch came before and was scored then: no row is scored now.",
    )
    seen = sdk.figure(preprocess, BATCH_REPORT, "batch.seen")
    is_new = sdk.ConditionStep(
        "IsNew",
        conditions=[sdk.ConditionEquals(left=seen, right=0)],
        if_steps=[model, score, check, postprocess, publish, announce],
        else_steps=[repeated],
    )
    return sdk.compose(
        environment,
        NAME,
        parameters=vars(parameters).values(),
        steps=[choose, preprocess, is_new],
    )


class _Parameters:
    """The parameters of an execution."""

    def __init__(self, environment: PipelineEnvironment, batch: _Batch) -> None:
        no_or_yes = ["no", "yes"]
        # A version's number or ARN instead: a promoted pipeline has it as its default.
        self.model_package = sdk.ParameterString("ModelPackage", default_value=NEWEST)
        self.batch = batch.parameter
        self.instance_type = instance_type_parameter(environment, "InstanceType")
        self.instance_count = sdk.ParameterInteger("TransformInstanceCount", default_value=1)
        self.fail_on_violation = sdk.ParameterBoolean("FailOnViolation", default_value=False)
        self.score_again = sdk.ParameterString(
            "ScoreAgain", default_value="no", enum_values=no_or_yes
        )
        # The share of rows; with more of them there is no batch, but a failure and its alarm.
        self.set_aside_limit = sdk.ParameterFloat("SetAsideLimit", default_value=SET_ASIDE_LIMIT)
        # A test: its predictions, figures and announcement are only for the tester.
        self.rehearsal = sdk.ParameterString("Rehearsal", default_value="no", enum_values=no_or_yes)


class _Steps(JobSteps):
    """The steps, each a function of those before it."""

    def __init__(self, environment: PipelineEnvironment, parameters: _Parameters) -> None:
        super().__init__(environment, PROCESSING_CODE, Compute(parameters.instance_type))
        self.parameters = parameters
        self.batches = environment.keep(f"{PREDICTIONS}/batches")
        self.predictions = f"s3://{environment.artifacts_bucket}/{PREDICTIONS}"
        self.findings = run_prefix(environment, "CheckDataQuality")

    def choose(self) -> sdk.RequestStep:
        return lambda_step(
            self.environment,
            "ChooseModel",
            function="model-chooser",
            inputs={
                "group": self.environment.names.model_package_group(MODEL_PACKAGE_GROUP),
                "wanted": self.parameters.model_package,
                "needs": "Data",
            },
            outputs=CHOSEN,
            description="Look up the model's version, and the baselines registered with it.",
        )

    def preprocess(self, batch: _Batch, chosen: sdk.Properties) -> sdk.RequestStep:
        return self.processing(
            "Preprocess",
            script="preprocess_batch.py",
            inputs=[
                batch.source,
                JobInput("model", chosen.ModelDataUrl),
                JobInput("batches", f"{self.batches}/"),
                self.wheelhouse(),
            ],
            outputs=["records", "delivered", "rows", "report"],
            arguments=[
                *("--model-package", chosen.ModelPackageArn),
                *("--score-again", self.parameters.score_again),
                *("--set-aside-limit", self.parameters.set_aside_limit.to_string()),
                *batch.arguments,
            ],
            property_files=[BATCH_REPORT],
            # New rows come under the old address, and what was scored before changes with each run.
            cached=False,
            role=batch.role,
            description="Number the rows, set bad ones aside; nothing is fitted.",
        )

    def score(self, model_name: sdk.Properties, records: sdk.Properties) -> sdk.RequestStep:
        return transform_step(
            "Score",
            model_name=model_name,
            records_uri=records,
            answers_uri=run_prefix(self.environment, "Score"),
            asked_columns=ASKED_COLUMNS,
            answer_columns=ANSWER_COLUMNS,
            compute=Compute(self.parameters.instance_type, self.parameters.instance_count),
            description="Prediction and 90 % interval of every record.",
        )

    def check(
        self, chosen: sdk.Properties, delivered: sdk.Properties, *, after: sdk.RequestStep
    ) -> sdk.RequestStep:
        return quality.check_step(
            self.environment,
            "CheckDataQuality",
            quality=quality.DATA,
            dataset_uri=delivered,
            results_uri=self.findings,
            statistics_uri=chosen.DataStatistics,
            constraints_uri=chosen.DataConstraints,
            fail_on_violation=self.parameters.fail_on_violation,
            compute=self.compute,
            description="The batch as it came, against the baseline of the model's training data.",
            depends_on=[after],
        )

    def postprocess(
        self,
        chosen: sdk.Properties,
        prepared: sdk.Properties,
        score: sdk.RequestStep,
        *,
        after: sdk.RequestStep,
    ) -> sdk.RequestStep:
        return self.processing(
            "Postprocess",
            script="postprocess_batch.py",
            inputs=[
                JobInput("scored", score.properties.TransformOutput.S3OutputPath),
                JobInput("rows", prepared["rows"].S3Output.S3Uri),
                JobInput("batch", prepared["report"].S3Output.S3Uri),
                JobInput("check", self.findings),
                JobInput("baseline", chosen.DataStatistics),
                self.wheelhouse(),
            ],
            outputs=["predictions", "report"],
            places={"predictions": self.predictions},
            arguments=[
                *("--model-package", chosen.ModelPackageArn),
                *("--model-version", chosen.ModelVersion),
                *("--run-id", sdk.ExecutionVariables.PIPELINE_EXECUTION_ID),
                *("--time", sdk.ExecutionVariables.START_DATETIME),
                *("--rehearsal", self.parameters.rehearsal),
            ],
            property_files=[FIGURES],
            # It marks the batch as scored under its own run and day.
            cached=False,
            description="Predictions with ids, rows set aside, figures of the run.",
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
                "instance_count": self.parameters.instance_count,
                "rehearsal": self.parameters.rehearsal,
                "figures": figures,
            },
            outputs=["Published"],
            integers=("Published",),
            description=description,
        )

    def announce(self, batch: sdk.JsonGet, *, after: sdk.RequestStep) -> sdk.RequestStep:
        return lambda_step(
            self.environment,
            "Announce",
            function="batch-announcer",
            inputs={
                "pipeline": NAME,
                "rehearsal": self.parameters.rehearsal,
                "batch": batch,
                "predictions": f"{self.predictions}/scored/",
            },
            outputs=["EventId"],
            description="Tell whoever waits for the predictions.",
            depends_on=[after],
        )


@dataclass(frozen=True)
class _Batch:
    """The source of the rows: its parameter, and the input of `Preprocess`."""

    parameter: sdk.ParameterString
    source: ProcessingInput
    role: str
    arguments: tuple[str, ...] = ()


def _batch(environment: PipelineEnvironment) -> _Batch:
    """Take the batch from an S3 prefix, or from a query where the environment has one."""
    query = environment.settings.batch.query
    if query is None:
        place = sdk.ParameterString(
            "InputDataUrl", default_value=f"s3://{environment.data_bucket}/abalone/batch/"
        )
        return _Batch(place, JobInput("data", place), "ProcessingRoleArn")
    statement = sdk.ParameterString("Query", default_value=query.statement)
    source = queries.query_input(environment, "data", statement)
    # The services promise neither an order of rows nor the same files for the same rows.
    return _Batch(statement, source, queries.ROLE, ("--unordered",))
