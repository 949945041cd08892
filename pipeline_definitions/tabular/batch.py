"""The batch pipeline of a table's problem: score rows, and tell how far they can be trusted.

ChooseModel → Preprocess → IsNew → CreateModel → Score → CheckDataQuality → Postprocess →
PublishMetrics → Announce; a batch that was scored before ends with PublishRepeated.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from pipeline_definitions import quality, sdk
from pipeline_definitions.inference import lambda_step, model_step, transform_step
from pipeline_definitions.jobs import Compute, JobInput, instance_type_parameter, run_prefix
from pipeline_definitions.tabular.problem import ProblemSteps
from pipeline_definitions.tabular.rows import delivered

if TYPE_CHECKING:
    from collections.abc import Callable

    from pipeline_definitions.environment import PipelineEnvironment
    from pipeline_definitions.tabular.problem import Jobs, Problem
    from pipeline_definitions.tabular.rows import Rows

NEWEST = "newest-approved"
SET_ASIDE_LIMIT = 0.25
CHOSEN = ["ModelPackageArn", "ModelVersion", "ModelDataUrl", "DataStatistics", "DataConstraints"]
BATCH_REPORT = sdk.PropertyFile(name="BatchReport", output_name="report", path="batch.json")
FIGURES = sdk.PropertyFile(name="Figures", output_name="report", path="figures.json")


@dataclass(frozen=True)
class BatchPipeline:
    """A batch pipeline: its short name, the group of its models, and what these are asked.

    `asked` and `answered` are numbers of columns, `answer` says what the latter are.
    """

    name: str
    group: str
    asked: int
    answered: int
    answer: str


def batch(environment: PipelineEnvironment, problem: Problem) -> sdk.Pipeline:
    """Compose the batch pipeline of a problem."""
    schema = problem.schema
    pipeline = BatchPipeline(
        f"{problem.name}-batch",
        problem.name,
        len(schema.features),
        len(schema.answers),
        f"{', '.join(schema.answers).capitalize()} of every record.",
    )
    return compose_batch(
        environment,
        pipeline,
        lambda compute: ProblemSteps(environment, problem, compute),
        delivered(environment, problem.name),
    )


def compose_batch(
    environment: PipelineEnvironment,
    pipeline: BatchPipeline,
    jobs: Callable[[Compute], Jobs],
    batch: Rows,
) -> sdk.Pipeline:
    """Compose a batch pipeline of jobs that number the rows and collect the answers."""
    parameters = _Parameters(environment, batch)
    steps = _Steps(environment, pipeline, jobs, parameters)
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
        pipeline.name,
        parameters=vars(parameters).values(),
        steps=[choose, preprocess, is_new],
    )


class _Parameters:
    """The parameters of an execution."""

    def __init__(self, environment: PipelineEnvironment, batch: Rows) -> None:
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


class _Steps:
    """The steps, each a function of those before it."""

    def __init__(
        self,
        environment: PipelineEnvironment,
        pipeline: BatchPipeline,
        jobs: Callable[[Compute], Jobs],
        parameters: _Parameters,
    ) -> None:
        self.environment, self.pipeline, self.parameters = environment, pipeline, parameters
        self.compute = Compute(parameters.instance_type)
        self.job = jobs(self.compute).job
        predictions = f"predictions/{pipeline.name}"
        self.batches = environment.keep(f"{predictions}/batches")
        self.predictions = f"s3://{environment.artifacts_bucket}/{predictions}"
        self.findings = run_prefix(environment, "CheckDataQuality")

    def choose(self) -> sdk.RequestStep:
        return lambda_step(
            self.environment,
            "ChooseModel",
            function="model-chooser",
            inputs={
                "group": self.environment.names.model_package_group(self.pipeline.group),
                "wanted": self.parameters.model_package,
                "needs": "Data",
            },
            outputs=CHOSEN,
            description="Look up the model's version, and the baselines registered with it.",
        )

    def preprocess(self, batch: Rows, chosen: sdk.Properties) -> sdk.RequestStep:
        return self.job(
            "Preprocess",
            "number",
            inputs=[
                batch.source,
                JobInput("model", chosen.ModelDataUrl),
                JobInput("batches", f"{self.batches}/"),
            ],
            outputs=["records", "delivered", "rows", "report", *batch.refused],
            places=batch.refused,
            kept_of_failed=[*batch.refused],
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
            asked_columns=self.pipeline.asked,
            answer_columns=self.pipeline.answered,
            compute=Compute(self.parameters.instance_type, self.parameters.instance_count),
            description=self.pipeline.answer,
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
        return self.job(
            "Postprocess",
            "collect",
            inputs=[
                JobInput("scored", score.properties.TransformOutput.S3OutputPath),
                JobInput("rows", prepared["rows"].S3Output.S3Uri),
                JobInput("batch", prepared["report"].S3Output.S3Uri),
                JobInput("check", self.findings),
                JobInput("baseline", chosen.DataStatistics),
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
                "pipeline": self.pipeline.name,
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
                "pipeline": self.pipeline.name,
                "rehearsal": self.parameters.rehearsal,
                "batch": batch,
                "predictions": f"{self.predictions}/scored/",
            },
            outputs=["EventId"],
            description="Tell whoever waits for the predictions.",
            depends_on=[after],
        )
