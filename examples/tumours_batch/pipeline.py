"""Classify delivered tumours with the approved model, after comparing them with its training data.

ChooseModel → Number → CheckDataQuality → CreateModel → Score.
"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from pipeline_definitions import quality, sdk
from pipeline_definitions.inference import lambda_step, model_step, transform_step
from pipeline_definitions.jobs import SCIKIT_LEARN_IMAGE, Compute, JobInput, run_prefix
from pipeline_definitions.steps import processing_step

if TYPE_CHECKING:
    from pipeline_definitions.environment import PipelineEnvironment

DISPLAY_NAME = "Tumours: batch inference"
JOBS = Path(__file__).parent / "jobs"
MEASUREMENTS = 30
# What the model answers: the class, and the probability that it is malignant.
ANSWERS = 2


def get_pipeline(environment: PipelineEnvironment) -> sdk.Pipeline:
    """Compose the pipeline."""
    data = sdk.ParameterString(
        "InputDataUrl", default_value=f"s3://{environment.data_bucket}/tumours/batch/"
    )
    model_package = sdk.ParameterString("ModelPackage", default_value="newest-approved")
    fail_on_violation = sdk.ParameterBoolean("FailOnViolation", default_value=False)
    compute = Compute(environment.settings.instance_types[0])

    choose = lambda_step(
        environment,
        "ChooseModel",
        function="model-chooser",
        inputs={
            "group": environment.names.model_package_group("tumours"),
            "wanted": model_package,
            "needs": "Data",
        },
        outputs=["ModelPackageArn", "DataStatistics", "DataConstraints"],
        description="Look up the model's version, and the baseline registered with it.",
    )
    number = processing_step(
        environment,
        "Number",
        script="number.py",
        launcher="",
        family=SCIKIT_LEARN_IMAGE,
        code_uri=environment.ship(JOBS),
        compute=compute,
        inputs=[JobInput("data", data)],
        outputs=["delivered", "records"],
        # New rows come under the old address.
        cached=False,
        description="Number the rows.",
        depends_on=[choose],
    )
    numbered = number.properties.ProcessingOutputConfig.Outputs
    check = quality.check_step(
        environment,
        "CheckDataQuality",
        quality=quality.DATA,
        dataset_uri=numbered["delivered"].S3Output.S3Uri,
        results_uri=run_prefix(environment, "CheckDataQuality"),
        statistics_uri=choose.properties.DataStatistics,
        constraints_uri=choose.properties.DataConstraints,
        fail_on_violation=fail_on_violation,
        compute=compute,
        description="The rows as they came, against the baseline of the model's training data.",
    )
    model = model_step(
        environment,
        "CreateModel",
        model_package=choose.properties.ModelPackageArn,
        description="The registered version, isolated, in our subnets.",
        depends_on=[check],
    )
    score = transform_step(
        "Score",
        model_name=model.properties.ModelName,
        records_uri=numbered["records"].S3Output.S3Uri,
        answers_uri=run_prefix(environment, "Score"),
        asked_columns=MEASUREMENTS,
        answer_columns=ANSWERS,
        compute=compute,
        description="Class and probability of every row.",
    )
    return sdk.compose(
        environment,
        "tumours-batch",
        parameters=[data, model_package, fail_on_violation],
        steps=[choose, number, check, model, score],
    )
