"""Train a model that tells an abalone's age from its size, and register it if it is good enough.

Preprocess → DataQualityBaseline, Train → Evaluate → ModelQualityBaseline, CheckQuality →
RegisterModel or QualityTooLow.
"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from pipeline_definitions import quality, sdk
from pipeline_definitions.jobs import KEEP_COMPARISONS_FOR, Compute, JobInput, baseline_prefix
from pipeline_definitions.registration import register_model_step
from pipeline_definitions.steps import processing_step, training_step

if TYPE_CHECKING:
    from pipeline_definitions.environment import PipelineEnvironment

DISPLAY_NAME = "Abalone age: training"
MODEL_PACKAGE_GROUP = "abalone-age"
PROCESSING_CODE = Path(__file__).parent.parent / "processing_code"

# What a person who knows the data accepts: predicting the mean has an MSE of 10.4, a linear model
# 4.7, and this pipeline's model 4.2 (docs/decisions/0003-quality-gate.md).
MSE_THRESHOLD = 5.0


def get_pipeline(environment: PipelineEnvironment) -> sdk.Pipeline:
    """Compose the training pipeline."""
    settings = environment.settings
    types = list(settings.instance_types)
    status = "Approved" if settings.model_approval == "automatic" else "PendingManualApproval"

    input_data = sdk.ParameterString(
        "InputDataUrl", default_value=f"s3://{environment.data_bucket}/abalone/raw/"
    )
    # Part of Preprocess's environment, so of its cache key: the service does not look into S3, so
    # new data under an old address needs a new version here. `mlops run` fills it in.
    data_version = sdk.ParameterString("DataVersion", default_value="unversioned")
    processing_type = sdk.ParameterString(
        "ProcessingInstanceType", default_value=types[0], enum_values=types
    )
    processing_count = sdk.ParameterInteger("ProcessingInstanceCount", default_value=1)
    training_type = sdk.ParameterString(
        "TrainingInstanceType", default_value=types[0], enum_values=types
    )
    training_count = sdk.ParameterInteger("TrainingInstanceCount", default_value=1)
    threshold = sdk.ParameterFloat("MseThreshold", default_value=MSE_THRESHOLD)
    approval_status = sdk.ParameterString(
        "ModelApprovalStatus",
        default_value=status,
        enum_values=["PendingManualApproval", "Approved", "Rejected"],
    )
    seed = sdk.ParameterInteger("Seed", default_value=42)
    git_revision = sdk.ParameterString("GitRevision", default_value="unknown")
    # Part of Evaluate's environment, so of its cache key. `mlops run` fills it in.
    champion_version = sdk.ParameterString("ChampionVersion", default_value="unknown")

    code = environment.ship(PROCESSING_CODE)
    wheelhouse = environment.ship_wheelhouse(PROCESSING_CODE / "wheelhouse.txt")
    group = environment.names.model_package_group(MODEL_PACKAGE_GROUP)
    processing = Compute(processing_type, processing_count)

    data_report = sdk.PropertyFile(name="DataReport", output_name="report", path="data_report.json")
    preprocess = processing_step(
        environment,
        "Preprocess",
        script="preprocess.py",
        code_uri=code,
        compute=processing,
        inputs=[JobInput("data", input_data), JobInput("wheelhouse", wheelhouse)],
        outputs=["train", "validation", "test", "transformer", "baseline", "report"],
        arguments=["--seed", seed.to_string()],
        variables={"DATA_VERSION": data_version},
        property_files=[data_report],
        description="Check, split and describe the data; fit the transformer.",
    )
    prepared = preprocess.properties.ProcessingOutputConfig.Outputs

    baseline = quality.baseline_step(
        environment,
        "DataQualityBaseline",
        quality=quality.DATA,
        dataset_uri=prepared["baseline"].S3Output.S3Uri,
        results_uri=baseline_prefix(environment, "DataQualityBaseline"),
        model_package_group=group,
        compute=processing,
        description="Statistics and constraints of the training data, to check batches against.",
    )

    train = training_step(
        environment,
        "Train",
        script="train.py",
        code_uri=code,
        compute=Compute(training_type, training_count),
        channels=[
            JobInput(channel, prepared[channel].S3Output.S3Uri)
            for channel in ("train", "validation", "transformer")
        ],
        hyperparameters={"seed": seed.to_string()},
        description="Gradient-boosted trees with early stopping, refitted on all but the test.",
    )
    model = train.properties.ModelArtifacts.S3ModelArtifacts

    evaluation = sdk.PropertyFile(
        name="EvaluationReport", output_name="evaluation", path="evaluation.json"
    )
    evaluate = processing_step(
        environment,
        "Evaluate",
        script="evaluate.py",
        code_uri=code,
        compute=processing,
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
        quality=quality.regression(prediction="prediction", truth="rings"),
        dataset_uri=measured["quality"].S3Output.S3Uri,
        results_uri=baseline_prefix(environment, "ModelQualityBaseline"),
        model_package_group=group,
        compute=processing,
        description="What the model's errors are on the test rows, to check later ones against.",
    )

    mse = _figure(evaluate, evaluation, "regression_metrics.mse.value")
    above_champion = _figure(evaluate, evaluation, "gate.mse_above_champion")
    register = register_model_step(
        environment,
        "RegisterModel",
        model_package_group=group,
        model_uri=model,
        evaluation_uri=measured["evaluation"].S3Output.S3Uri,
        data_baseline=baseline,
        quality_baseline=quality_baseline,
        approval_status=approval_status,
        metadata={
            "CodeHash": code.rsplit("/", 1)[-1],
            "DataUrl": input_data,
            "DataHash": _figure(preprocess, data_report, "data.sha256"),
            "DataVersion": data_version,
            "GitRevision": git_revision,
            "Pipeline": "training",
            "RunId": sdk.ExecutionVariables.PIPELINE_EXECUTION_ID,
            "TestMse": _text(mse),
        },
        description="Abalone age from size and weight, gradient-boosted trees.",
    )
    too_low = sdk.FailStep(
        "QualityTooLow",
        error_message=sdk.Join(
            on="",
            values=[
                "The model is not good enough: MSE ",
                mse,
                " (at most ",
                threshold,
                " allowed), and ",
                above_champion,
                " above the approved model's on the same rows (at most 0 allowed).",
            ],
        ),
    )
    check = sdk.ConditionStep(
        "CheckQuality",
        conditions=[
            sdk.ConditionLessThanOrEqualTo(left=mse, right=threshold),
            sdk.ConditionLessThanOrEqualTo(left=above_champion, right=0.0),
        ],
        if_steps=[register],
        else_steps=[too_low],
    )
    return sdk.Pipeline(
        name=environment.names.pipeline("training"),
        parameters=[
            input_data,
            data_version,
            processing_type,
            processing_count,
            training_type,
            training_count,
            threshold,
            approval_status,
            seed,
            git_revision,
            champion_version,
        ],
        steps=[preprocess, baseline, train, evaluate, quality_baseline, check],
        pipeline_experiment_config=None,
        sagemaker_session=sdk.offline_session(settings.region, environment.artifacts_bucket),
    )


def _figure(step: sdk.RequestStep, file: sdk.PropertyFile, path: str) -> sdk.JsonGet:
    return sdk.JsonGet(step_name=step.name, property_file=file, json_path=path)


def _text(value: sdk.JsonGet) -> sdk.Join:
    """Make text of a number: the registry's metadata holds strings only."""
    return sdk.Join(on="", values=[value])
