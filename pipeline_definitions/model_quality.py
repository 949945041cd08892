"""Compare what turned out to be true with what a model had said, when the truth comes late.

ChooseModel → JoinTruth → NoTruthYet → CheckModelQuality → MeasureQuality → PublishMetrics; while
there is no truth for the model's own predictions it ends with PublishNothing.
"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from pipeline_definitions import quality, sdk
from pipeline_definitions.inference import lambda_step
from pipeline_definitions.jobs import Compute, JobInput, run_prefix
from pipeline_definitions.steps import processing_step

if TYPE_CHECKING:
    from pipeline_definitions.environment import PipelineEnvironment

DISPLAY_NAME = "Abalone age: model quality"
NAME = "model-quality"
MODEL_PACKAGE_GROUP = "abalone-age"
PROCESSING_CODE = Path(__file__).parent.parent / "processing_code"
SCORED = "predictions/batch-inference/scored"
NEWEST = "newest-approved"
CHOSEN = ["ModelPackageArn", "QualityStatistics", "QualityConstraints"]


def get_pipeline(environment: PipelineEnvironment) -> sdk.Pipeline:
    """Compose the model-quality pipeline."""
    settings = environment.settings
    types = list(settings.instance_types)
    model_package = sdk.ParameterString("ModelPackage", default_value=NEWEST)
    truth = sdk.ParameterString(
        "InputDataUrl", default_value=f"s3://{environment.data_bucket}/abalone/truth/"
    )
    instance_type = sdk.ParameterString("InstanceType", default_value=types[0], enum_values=types)
    fail_on_violation = sdk.ParameterBoolean("FailOnViolation", default_value=False)
    compute = Compute(instance_type)
    code = environment.ship(PROCESSING_CODE)
    wheelhouse = JobInput(
        "wheelhouse", environment.ship_wheelhouse(PROCESSING_CODE / "wheelhouse.txt")
    )
    predictions = environment.keep(SCORED)

    choose = lambda_step(
        environment,
        "ChooseModel",
        function="model-chooser",
        inputs={
            "group": environment.names.model_package_group(MODEL_PACKAGE_GROUP),
            "wanted": model_package,
            "needs": "Quality",
        },
        outputs=CHOSEN,
        description="Look up the model's version, and the baseline of its errors.",
    )
    chosen = choose.properties
    truth_report = sdk.PropertyFile(name="TruthReport", output_name="report", path="truth.json")
    join = processing_step(
        environment,
        "JoinTruth",
        script="join_truth.py",
        code_uri=code,
        compute=compute,
        inputs=[JobInput("data", truth), JobInput("predictions", f"{predictions}/"), wheelhouse],
        outputs=["pairs", "report"],
        arguments=["--model-package", chosen.ModelPackageArn],
        property_files=[truth_report],
        # Truths and predictions come under addresses that stay.
        cached=False,
        description="Put each truth beside the prediction of the same id.",
    )
    joined = join.properties.ProcessingOutputConfig.Outputs
    findings = run_prefix(environment, "CheckModelQuality")
    check = quality.check_step(
        environment,
        "CheckModelQuality",
        quality=quality.regression(prediction="prediction", truth="rings"),
        dataset_uri=joined["pairs"].S3Output.S3Uri,
        results_uri=findings,
        statistics_uri=chosen.QualityStatistics,
        constraints_uri=chosen.QualityConstraints,
        fail_on_violation=fail_on_violation,
        compute=compute,
        description="The model's errors, against those on its test rows.",
    )
    figures = sdk.PropertyFile(name="Figures", output_name="report", path="figures.json")
    measure = processing_step(
        environment,
        "MeasureQuality",
        script="measure_quality.py",
        code_uri=code,
        compute=compute,
        inputs=[
            JobInput("check", findings),
            JobInput("baseline", chosen.QualityConstraints),
            JobInput("truth", joined["report"].S3Output.S3Uri),
        ],
        outputs=["report"],
        property_files=[figures],
        description="Mean squared error, and how far it is above the baseline.",
        launcher="",
        depends_on=[check],
    )

    def publishing(
        name: str, step: sdk.RequestStep, file: sdk.PropertyFile, description: str
    ) -> sdk.RequestStep:
        text = sdk.JsonGet(step_name=step.name, property_file=file, json_path="publish")
        return lambda_step(
            environment,
            name,
            function="metrics-publisher",
            inputs={
                "pipeline": NAME,
                "started": sdk.ExecutionVariables.START_DATETIME,
                "instance_type": instance_type,
                "instance_count": 1,
                "figures": text,
            },
            outputs=["Published"],
            integers=("Published",),
            description=description,
        )

    publish = publishing(
        "PublishMetrics", measure, figures, "The model's error, duration and cost, as metrics."
    )
    nothing = publishing(
        "PublishNothing", join, truth_report, "The truth of a new model's predictions comes late."
    )
    pairs = sdk.JsonGet(step_name=join.name, property_file=truth_report, json_path="pairs")
    no_truth_yet = sdk.ConditionStep(
        "NoTruthYet",
        conditions=[sdk.ConditionEquals(left=pairs, right=0)],
        if_steps=[nothing],
        else_steps=[check, measure, publish],
    )
    return sdk.Pipeline(
        name=environment.names.pipeline(NAME),
        parameters=[model_package, truth, instance_type, fail_on_violation],
        steps=[choose, join, no_truth_yet],
        pipeline_experiment_config=None,
        sagemaker_session=sdk.offline_session(settings.region, environment.artifacts_bucket),
    )
