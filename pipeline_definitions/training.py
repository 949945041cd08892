"""Train a model that tells an abalone's age from its size, and register it if it is good enough.

Preprocess → DataQualityBaseline, Train → Evaluate → ModelQualityBaseline, CheckQuality →
RegisterModel or QualityTooLow.
"""

from __future__ import annotations

from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from environments.schedules import Schedule
from pipeline_definitions import quality, sdk
from pipeline_definitions.jobs import (
    KEEP_COMPARISONS_FOR,
    Compute,
    JobInput,
    instance_type_parameter,
)
from pipeline_definitions.model_project import ModelProject, ResultTable
from pipeline_definitions.registration import register_model_step
from pipeline_definitions.steps import JobSteps, training_step

if TYPE_CHECKING:
    from pipeline_definitions.environment import PipelineEnvironment

DISPLAY_NAME = "Abalone age: training"
MODEL_PACKAGE_GROUP = "abalone-age"
_SCORED = {
    "model_package": "string",
    "model_version": "int",
    "run_id": "string",
    "batch_id": "string",
    "scored_at": "timestamp",
}
PROJECT = ModelProject(
    data_set="abalone",
    model_package_group=MODEL_PACKAGE_GROUP,
    batch="batch-inference",
    quality="model-quality",
    schedules=(
        # Batches wait for a model that a person has approved: promoting it resumes them.
        Schedule("batch-inference", "0 2 * * ? *", paused=True),
        Schedule("model-quality", "0 6 ? * MON,THU *"),
        Schedule("training", "0 3 ? * SUN,WED *", on_drift=True, on_data=True, called="retraining"),
    ),
    tables=(
        ResultTable(
            "predictions",
            folder="scored",
            description="A scored row: prediction and 90 % interval, in rings",
            columns={
                "id": "string",
                "prediction": "float",
                "lower": "float",
                "upper": "float",
                **_SCORED,
            },
        ),
        ResultTable(
            "set_aside",
            folder="set_aside",
            description="A row that was not scored, and why",
            columns={
                "row": "bigint",
                "id": "string",
                "reason": "string",
                "detail": "string",
                "text": "string",
                **_SCORED,
            },
        ),
    ),
)
PROCESSING_CODE = Path(__file__).parent.parent / "processing_code"

# What a person who knows the data accepts: predicting the mean has an MSE of 10.4, a linear model
# 4.7, and this pipeline's model 4.2 (docs/decisions/0003-quality-gate.md).
MSE_THRESHOLD = 5.0
DATA_REPORT = sdk.PropertyFile(name="DataReport", output_name="report", path="data_report.json")
EVALUATION = sdk.PropertyFile(
    name="EvaluationReport", output_name="evaluation", path="evaluation.json"
)


def get_pipeline(environment: PipelineEnvironment) -> sdk.Pipeline:
    """Compose the training pipeline."""
    parameters = _Parameters(environment)
    steps = _Steps(environment, parameters)
    preprocess = steps.preprocess()
    prepared = preprocess.properties.ProcessingOutputConfig.Outputs
    baseline = steps.baseline(
        "DataQualityBaseline",
        quality=quality.DATA,
        dataset_uri=prepared["baseline"].S3Output.S3Uri,
        description="Statistics and constraints of the training data, to check batches against.",
    )
    train = steps.train(prepared)
    model = train.properties.ModelArtifacts.S3ModelArtifacts
    evaluate = steps.evaluate(model, prepared)
    measured = evaluate.properties.ProcessingOutputConfig.Outputs
    quality_baseline = steps.baseline(
        "ModelQualityBaseline",
        quality=quality.regression(prediction="prediction", truth="rings"),
        dataset_uri=measured["quality"].S3Output.S3Uri,
        description="What the model's errors are on the test rows, to check later ones against.",
    )
    mse = sdk.figure(evaluate, EVALUATION, "regression_metrics.mse.value")
    failed_checks = sdk.figure(evaluate, EVALUATION, "gate.failed")
    register = register_model_step(
        environment,
        "RegisterModel",
        model_package_group=steps.group,
        model_uri=model,
        evaluation_uri=measured["evaluation"].S3Output.S3Uri,
        data_baseline=baseline,
        quality_baseline=quality_baseline,
        approval_status=parameters.approval_status,
        metadata=steps.metadata(preprocess, mse),
        description="Abalone age from size and weight, gradient-boosted trees.",
    )
    check = sdk.ConditionStep(
        "CheckQuality",
        conditions=[
            sdk.ConditionLessThanOrEqualTo(left=mse, right=parameters.threshold),
            sdk.ConditionEquals(left=failed_checks, right=0),
        ],
        if_steps=[register],
        else_steps=[
            _too_low(mse, parameters.threshold, sdk.figure(evaluate, EVALUATION, "gate.summary"))
        ],
    )
    return sdk.compose(
        environment,
        "training",
        parameters=vars(parameters).values(),
        steps=[preprocess, baseline, train, evaluate, quality_baseline, check],
    )


class _Parameters:
    """The parameters of an execution."""

    def __init__(self, environment: PipelineEnvironment) -> None:
        automatic = environment.settings.model_approval == "automatic"
        self.input_data = sdk.ParameterString(
            "InputDataUrl", default_value=f"s3://{environment.data_bucket}/abalone/raw/"
        )
        # Part of Preprocess's environment, so of its cache key: the service does not look into S3,
        # so new data under an old address needs a new version here. `mlops run` fills it in.
        self.data_version = sdk.ParameterString("DataVersion", default_value="unversioned")
        self.processing_type = instance_type_parameter(environment, "ProcessingInstanceType")
        self.processing_count = sdk.ParameterInteger("ProcessingInstanceCount", default_value=1)
        self.training_type = instance_type_parameter(environment, "TrainingInstanceType")
        self.training_count = sdk.ParameterInteger("TrainingInstanceCount", default_value=1)
        self.threshold = sdk.ParameterFloat("MseThreshold", default_value=MSE_THRESHOLD)
        # A challenger is refused where it is worse beyond this significance, or its data shrank to
        # less than this share of the champion's.
        self.significance = sdk.ParameterFloat("GateSignificance", default_value=0.01)
        self.least_rows = sdk.ParameterFloat("GateLeastRowsShare", default_value=0.5)
        self.approval_status = sdk.ParameterString(
            "ModelApprovalStatus",
            default_value="Approved" if automatic else "PendingManualApproval",
            enum_values=["PendingManualApproval", "Approved", "Rejected"],
        )
        self.seed = sdk.ParameterInteger("Seed", default_value=42)
        self.git_revision = sdk.ParameterString("GitRevision", default_value="unknown")
        # Part of Evaluate's environment, so of its cache key. `mlops run` fills it in.
        self.champion_version = sdk.ParameterString("ChampionVersion", default_value="unknown")


class _Steps(JobSteps):
    """The steps, each a function of those before it."""

    def __init__(self, environment: PipelineEnvironment, parameters: _Parameters) -> None:
        compute = Compute(parameters.processing_type, parameters.processing_count)
        super().__init__(environment, PROCESSING_CODE, compute)
        self.parameters = parameters
        self.group = environment.names.model_package_group(MODEL_PACKAGE_GROUP)
        self.baseline = partial(
            quality.baseline_step,
            environment,
            model_package_group=self.group,
            compute=self.compute,
        )

    def preprocess(self) -> sdk.RequestStep:
        return self.processing(
            "Preprocess",
            script="preprocess.py",
            inputs=[JobInput("data", self.parameters.input_data), self.wheelhouse()],
            outputs=["train", "validation", "test", "transformer", "baseline", "report"],
            arguments=["--seed", self.parameters.seed.to_string()],
            variables={"DATA_VERSION": self.parameters.data_version},
            property_files=[DATA_REPORT],
            description="Check, split and describe the data; fit the transformer.",
        )

    def train(self, prepared: sdk.Properties) -> sdk.RequestStep:
        return training_step(
            self.environment,
            "Train",
            script="train.py",
            code_uri=self.code,
            compute=Compute(self.parameters.training_type, self.parameters.training_count),
            channels=[
                JobInput(channel, prepared[channel].S3Output.S3Uri)
                for channel in ("train", "validation", "transformer")
            ],
            hyperparameters={"seed": self.parameters.seed.to_string()},
            description="Gradient-boosted trees with early stopping, refitted on all but the test.",
        )

    def evaluate(self, model: sdk.Properties, prepared: sdk.Properties) -> sdk.RequestStep:
        champion = f"s3://{self.environment.models_bucket}/champion/{self.group}/"
        return self.processing(
            "Evaluate",
            script="evaluate.py",
            inputs=[
                JobInput("model", model),
                *(
                    JobInput(rows, prepared[rows].S3Output.S3Uri)
                    for rows in ("test", "train", "validation")
                ),
                JobInput("champion", champion),
            ],
            outputs=["evaluation", "quality"],
            arguments=[
                *("--significance", self.parameters.significance.to_string()),
                *("--least-rows-share", self.parameters.least_rows.to_string()),
            ],
            variables={"CHAMPION_VERSION": self.parameters.champion_version},
            property_files=[EVALUATION],
            keep_for=KEEP_COMPARISONS_FOR,
            description="Measure the new model, and compare it with the approved one.",
        )

    def metadata(self, preprocess: sdk.RequestStep, mse: sdk.JsonGet) -> dict[str, object]:
        return {
            "CodeHash": self.code.rsplit("/", 1)[-1],
            "DataUrl": self.parameters.input_data,
            "DataHash": sdk.figure(preprocess, DATA_REPORT, "data.sha256"),
            "DataVersion": self.parameters.data_version,
            "GitRevision": self.parameters.git_revision,
            "Pipeline": "training",
            "RunId": sdk.ExecutionVariables.PIPELINE_EXECUTION_ID,
            # The registry's metadata holds strings only.
            "TestMse": sdk.Join(on="", values=[mse]),
        }


def _too_low(mse: sdk.JsonGet, threshold: sdk.ParameterFloat, summary: sdk.JsonGet) -> sdk.FailStep:
    words = ["The model is not good enough: MSE ", mse, " (at most ", threshold, " allowed); "]
    return sdk.FailStep(
        "QualityTooLow", error_message=sdk.Join(on="", values=[*words, "gate: ", summary])
    )
