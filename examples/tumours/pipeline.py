"""Train a classifier that tells malignant tumours from benign ones, register it if it is good.

Prepare → DataQualityBaseline, Train → Evaluate → ModelQualityBaseline, CheckQuality → RegisterModel
or QualityTooLow.
"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from pipeline_definitions import quality, sdk
from pipeline_definitions.jobs import (
    KEEP_COMPARISONS_FOR,
    SCIKIT_LEARN_IMAGE,
    Compute,
    JobInput,
    baseline_prefix,
)
from pipeline_definitions.registration import register_model_step
from pipeline_definitions.steps import processing_step, training_step

if TYPE_CHECKING:
    from pipeline_definitions.environment import PipelineEnvironment

DISPLAY_NAME = "Tumours: training"
JOBS = Path(__file__).parent / "jobs"

# Calling every tumour benign is right in 63 of 100 cases; this pipeline's model in 97.
LEAST_ACCURACY = 0.93


def get_pipeline(environment: PipelineEnvironment) -> sdk.Pipeline:
    """Compose the pipeline."""
    settings = environment.settings
    status = "Approved" if settings.model_approval == "automatic" else "PendingManualApproval"
    data = sdk.ParameterString(
        "InputDataUrl", default_value=f"s3://{environment.data_bucket}/tumours/raw/"
    )
    data_version = sdk.ParameterString("DataVersion", default_value="unversioned")
    least_accuracy = sdk.ParameterFloat("LeastAccuracy", default_value=LEAST_ACCURACY)
    regularization = sdk.ParameterFloat("Regularization", default_value=1.0)
    approval_status = sdk.ParameterString("ModelApprovalStatus", default_value=status)
    git_revision = sdk.ParameterString("GitRevision", default_value="unknown")
    # Part of Evaluate's environment, so of its cache key. `mlops run` fills it in.
    champion_version = sdk.ParameterString("ChampionVersion", default_value="unknown")

    code = environment.ship(JOBS)
    group = environment.names.model_package_group("tumours")
    compute = Compute(settings.instance_types[0])

    data_report = sdk.PropertyFile(name="DataReport", output_name="report", path="data_report.json")
    prepare = processing_step(
        environment,
        "Prepare",
        script="prepare.py",
        launcher="",
        family=SCIKIT_LEARN_IMAGE,
        code_uri=code,
        compute=compute,
        inputs=[JobInput("data", data)],
        outputs=["train", "test", "baseline", "report"],
        variables={"DATA_VERSION": data_version},
        property_files=[data_report],
        description="Check and split the rows.",
    )
    prepared = prepare.properties.ProcessingOutputConfig.Outputs

    data_baseline = quality.baseline_step(
        environment,
        "DataQualityBaseline",
        quality=quality.DATA,
        dataset_uri=prepared["baseline"].S3Output.S3Uri,
        results_uri=baseline_prefix(environment, "DataQualityBaseline"),
        model_package_group=group,
        compute=compute,
        description="Statistics and constraints of the training data, to check batches against.",
    )
    train = training_step(
        environment,
        "Train",
        script="train.py",
        family=SCIKIT_LEARN_IMAGE,
        code_uri=code,
        compute=compute,
        channels=[JobInput("train", prepared["train"].S3Output.S3Uri)],
        hyperparameters={"regularization": regularization.to_string()},
        description="A logistic regression on standardized measurements.",
    )
    model = train.properties.ModelArtifacts.S3ModelArtifacts

    evaluation = sdk.PropertyFile(
        name="EvaluationReport", output_name="evaluation", path="evaluation.json"
    )
    evaluate = processing_step(
        environment,
        "Evaluate",
        script="evaluate.py",
        launcher="",
        family=SCIKIT_LEARN_IMAGE,
        code_uri=code,
        compute=compute,
        inputs=[
            JobInput("model", model),
            JobInput("test", prepared["test"].S3Output.S3Uri),
            JobInput("champion", f"s3://{environment.models_bucket}/champion/{group}/"),
        ],
        outputs=["evaluation", "quality"],
        variables={"CHAMPION_VERSION": champion_version},
        property_files=[evaluation],
        keep_for=KEEP_COMPARISONS_FOR,
        description="Measure the new model, and the approved one on the same rows.",
    )

    measured = evaluate.properties.ProcessingOutputConfig.Outputs
    quality_baseline = quality.baseline_step(
        environment,
        "ModelQualityBaseline",
        quality=quality.binary(
            prediction="prediction", probability="probability", truth="malignant"
        ),
        dataset_uri=measured["quality"].S3Output.S3Uri,
        results_uri=baseline_prefix(environment, "ModelQualityBaseline"),
        model_package_group=group,
        compute=compute,
        description="How often the model is right on the test rows, to check later answers.",
    )

    def figure(path: str) -> sdk.JsonGet:
        return sdk.JsonGet(step_name=evaluate.name, property_file=evaluation, json_path=path)

    accuracy = figure("binary_classification_metrics.accuracy.value")
    register = register_model_step(
        environment,
        "RegisterModel",
        model_package_group=group,
        model_uri=model,
        evaluation_uri=measured["evaluation"].S3Output.S3Uri,
        data_baseline=data_baseline,
        quality_baseline=quality_baseline,
        approval_status=approval_status,
        metadata={
            "CodeHash": code.rsplit("/", 1)[-1],
            "DataHash": sdk.JsonGet(
                step_name=prepare.name, property_file=data_report, json_path="data.sha256"
            ),
            "DataVersion": data_version,
            "GitRevision": git_revision,
            "Pipeline": "tumours",
            "RunId": sdk.ExecutionVariables.PIPELINE_EXECUTION_ID,
            "TestAccuracy": sdk.Join(on="", values=[accuracy]),
        },
        description="Malignant or benign, from measurements of cell nuclei.",
        task="CLASSIFICATION",
        family=SCIKIT_LEARN_IMAGE,
    )
    too_low = sdk.FailStep(
        "QualityTooLow",
        error_message=sdk.Join(
            on="",
            values=[
                "The model is not good enough: accuracy ",
                accuracy,
                " (at least ",
                least_accuracy,
                " wanted).",
            ],
        ),
    )
    check = sdk.ConditionStep(
        "CheckQuality",
        conditions=[
            sdk.ConditionGreaterThanOrEqualTo(left=accuracy, right=least_accuracy),
            sdk.ConditionLessThanOrEqualTo(left=figure("gate.log_loss_above_champion"), right=0.0),
        ],
        if_steps=[register],
        else_steps=[too_low],
    )
    return sdk.Pipeline(
        name=environment.names.pipeline("tumours"),
        parameters=[
            data,
            data_version,
            least_accuracy,
            regularization,
            approval_status,
            git_revision,
            champion_version,
        ],
        steps=[prepare, data_baseline, train, evaluate, quality_baseline, check],
        pipeline_experiment_config=None,
        sagemaker_session=sdk.offline_session(settings.region, environment.artifacts_bucket),
    )
