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
from pipeline_definitions.jobs import Compute, JobInput, run_prefix
from pipeline_definitions.steps import processing_step

if TYPE_CHECKING:
    from pipeline_definitions.environment import PipelineEnvironment
    from pipeline_definitions.jobs import ProcessingInput

DISPLAY_NAME = "Abalone age: batch inference"
NAME = "batch-inference"
MODEL_PACKAGE_GROUP = "abalone-age"
PROCESSING_CODE = Path(__file__).parent.parent / "processing_code"
PREDICTIONS = f"predictions/{NAME}"
NEWEST = "newest-approved"
# What the model is asked, and what it answers: prediction, lower and upper end.
ASKED_COLUMNS, ANSWER_COLUMNS = 8, 3
CHOSEN = ["ModelPackageArn", "ModelVersion", "ModelDataUrl", "DataStatistics", "DataConstraints"]


def get_pipeline(environment: PipelineEnvironment) -> sdk.Pipeline:
    """Compose the batch-inference pipeline."""
    settings = environment.settings
    types = list(settings.instance_types)
    # A version's number or ARN instead: a promoted pipeline has it as its default.
    model_package = sdk.ParameterString("ModelPackage", default_value=NEWEST)
    batch = _batch(environment)
    instance_type = sdk.ParameterString("InstanceType", default_value=types[0], enum_values=types)
    instance_count = sdk.ParameterInteger("TransformInstanceCount", default_value=1)
    fail_on_violation = sdk.ParameterBoolean("FailOnViolation", default_value=False)
    score_again = sdk.ParameterString("ScoreAgain", default_value="no", enum_values=["no", "yes"])
    # A test: its predictions, figures and announcement are nobody's but the tester's.
    rehearsal = sdk.ParameterString("Rehearsal", default_value="no", enum_values=["no", "yes"])
    compute = Compute(instance_type)
    code = environment.ship(PROCESSING_CODE)
    wheelhouse = JobInput(
        "wheelhouse", environment.ship_wheelhouse(PROCESSING_CODE / "wheelhouse.txt")
    )
    batches = environment.keep(f"{PREDICTIONS}/batches")

    choose = lambda_step(
        environment,
        "ChooseModel",
        function="model-chooser",
        inputs={
            "group": environment.names.model_package_group(MODEL_PACKAGE_GROUP),
            "wanted": model_package,
            "needs": "Data",
        },
        outputs=CHOSEN,
        description="Look up the model's version, and the baselines registered with it.",
    )
    chosen = choose.properties
    batch_report = sdk.PropertyFile(name="BatchReport", output_name="report", path="batch.json")
    preprocess = processing_step(
        environment,
        "Preprocess",
        script="preprocess_batch.py",
        code_uri=code,
        compute=compute,
        inputs=[
            batch.source,
            JobInput("model", chosen.ModelDataUrl),
            JobInput("batches", f"{batches}/"),
            wheelhouse,
        ],
        outputs=["records", "delivered", "rows", "report"],
        arguments=[
            *("--model-package", chosen.ModelPackageArn),
            *("--score-again", score_again),
            *batch.arguments,
        ],
        property_files=[batch_report],
        # New rows come under the old address, and what was scored before changes with every run.
        cached=False,
        role=batch.role,
        description="Number the rows, set bad ones aside; nothing is fitted.",
    )
    prepared = preprocess.properties.ProcessingOutputConfig.Outputs

    model = model_step(
        environment,
        "CreateModel",
        model_package=chosen.ModelPackageArn,
        description="The registered version, isolated, in our subnets.",
    )
    score = transform_step(
        "Score",
        model_name=model.properties.ModelName,
        records_uri=prepared["records"].S3Output.S3Uri,
        answers_uri=run_prefix(environment, "Score"),
        asked_columns=ASKED_COLUMNS,
        answer_columns=ANSWER_COLUMNS,
        compute=Compute(instance_type, instance_count),
        description="Prediction and 90 % interval of every record.",
    )
    findings = run_prefix(environment, "CheckDataQuality")
    check = quality.check_step(
        environment,
        "CheckDataQuality",
        quality=quality.DATA,
        dataset_uri=prepared["delivered"].S3Output.S3Uri,
        results_uri=findings,
        statistics_uri=chosen.DataStatistics,
        constraints_uri=chosen.DataConstraints,
        fail_on_violation=fail_on_violation,
        compute=compute,
        description="The batch as it came, against the baseline of the model's training data.",
        depends_on=[score],
    )
    figures = sdk.PropertyFile(name="Figures", output_name="report", path="figures.json")
    postprocess = processing_step(
        environment,
        "Postprocess",
        script="postprocess_batch.py",
        code_uri=code,
        compute=compute,
        inputs=[
            JobInput("scored", score.properties.TransformOutput.S3OutputPath),
            JobInput("rows", prepared["rows"].S3Output.S3Uri),
            JobInput("batch", prepared["report"].S3Output.S3Uri),
            JobInput("check", findings),
            JobInput("baseline", chosen.DataStatistics),
            wheelhouse,
        ],
        outputs=["predictions", "report"],
        places={"predictions": f"s3://{environment.artifacts_bucket}/{PREDICTIONS}"},
        arguments=[
            *("--model-package", chosen.ModelPackageArn),
            *("--model-version", chosen.ModelVersion),
            *("--run-id", sdk.ExecutionVariables.PIPELINE_EXECUTION_ID),
            *("--time", sdk.ExecutionVariables.START_DATETIME),
            *("--rehearsal", rehearsal),
        ],
        property_files=[figures],
        # It marks the batch as scored under its own run and day.
        cached=False,
        description="Predictions with ids, rows set aside, figures of the run.",
        depends_on=[check],
    )
    run = {
        "pipeline": NAME,
        "started": sdk.ExecutionVariables.START_DATETIME,
        "instance_type": instance_type,
        "instance_count": instance_count,
        "rehearsal": rehearsal,
    }
    publish = lambda_step(
        environment,
        "PublishMetrics",
        function="metrics-publisher",
        inputs={**run, "figures": _text(postprocess, figures, "publish")},
        outputs=["Published"],
        integers=("Published",),
        description="Rows, violations, drift, duration and cost, as metrics.",
    )
    announce = lambda_step(
        environment,
        "Announce",
        function="batch-announcer",
        inputs={
            "pipeline": NAME,
            "rehearsal": rehearsal,
            "batch": _text(postprocess, figures, "announce"),
            "predictions": f"s3://{environment.artifacts_bucket}/{PREDICTIONS}/scored/",
        },
        outputs=["EventId"],
        description="Tell whoever waits for the predictions.",
        depends_on=[publish],
    )
    repeated = lambda_step(
        environment,
        "PublishRepeated",
        function="metrics-publisher",
        inputs={**run, "figures": _text(preprocess, batch_report, "publish")},
        outputs=["Published"],
        integers=("Published",),
        description="The batch came before and was scored then: no row is scored now.",
    )
    is_new = sdk.ConditionStep(
        "IsNew",
        conditions=[
            sdk.ConditionEquals(
                left=sdk.JsonGet(
                    step_name=preprocess.name, property_file=batch_report, json_path="batch.seen"
                ),
                right=0,
            )
        ],
        if_steps=[model, score, check, postprocess, publish, announce],
        else_steps=[repeated],
    )
    return sdk.Pipeline(
        name=environment.names.pipeline(NAME),
        parameters=[
            model_package,
            batch.parameter,
            instance_type,
            instance_count,
            fail_on_violation,
            score_again,
            rehearsal,
        ],
        steps=[choose, preprocess, is_new],
        pipeline_experiment_config=None,
        sagemaker_session=sdk.offline_session(settings.region, environment.artifacts_bucket),
    )


@dataclass(frozen=True)
class _Batch:
    """Where the rows come from: what a start says of it, and how `Preprocess` gets it."""

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


def _text(step: sdk.RequestStep, file: sdk.PropertyFile, path: str) -> sdk.JsonGet:
    return sdk.JsonGet(step_name=step.name, property_file=file, json_path=path)
