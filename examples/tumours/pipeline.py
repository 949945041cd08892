"""Train a classifier that tells malignant tumours from benign ones, register it if it is good.

Prepare → DataQualityBaseline, Train → Evaluate → ModelQualityBaseline, CheckQuality → RegisterModel
or QualityTooLow.
"""

from __future__ import annotations

from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from environments.monitoring import KINDS, LATE
from environments.schedules import Schedule
from pipeline_definitions import quality, sdk
from pipeline_definitions.jobs import KEEP_COMPARISONS_FOR, SCIKIT_LEARN_IMAGE, Compute, JobInput
from pipeline_definitions.model_project import ModelProject
from pipeline_definitions.registration import register_model_step
from pipeline_definitions.steps import JobSteps, training_step

if TYPE_CHECKING:
    from pipeline_definitions.environment import PipelineEnvironment

DISPLAY_NAME = "Tumours: training"
PROJECT = ModelProject(
    data_set="tumours",
    model_package_group="tumours",
    batch="tumours-batch",
    schedules=(
        Schedule("tumours", "0 4 ? * SUN *", on_data=True),
        Schedule("tumours-batch", "0 5 * * ? *", paused=True),  # until a model is promoted
    ),
    # Its batches publish no figures: only that there are none is noticed.
    limits={"tumours-batch": {LATE: KINDS[LATE]}},
)
JOBS = Path(__file__).parent / "jobs"

# Calling every tumour benign is right in 63 of 100 cases; this pipeline's model in 97.
LEAST_ACCURACY = 0.93


DATA_REPORT = sdk.PropertyFile(name="DataReport", output_name="report", path="data_report.json")
EVALUATION = sdk.PropertyFile(
    name="EvaluationReport", output_name="evaluation", path="evaluation.json"
)


def get_pipeline(environment: PipelineEnvironment) -> sdk.Pipeline:
    """Compose the pipeline."""
    parameters = _Parameters(environment)
    steps = _Steps(environment, parameters)
    prepare = steps.prepare()
    prepared = prepare.properties.ProcessingOutputConfig.Outputs
    data_baseline = steps.baseline(
        "DataQualityBaseline",
        quality=quality.DATA,
        dataset_uri=prepared["baseline"].S3Output.S3Uri,
        description="Statistics and constraints of the training data, to check batches against.",
    )
    train = steps.train(prepared["train"].S3Output.S3Uri)
    model = train.properties.ModelArtifacts.S3ModelArtifacts
    evaluate = steps.evaluate(model, prepared["test"].S3Output.S3Uri)
    measured = evaluate.properties.ProcessingOutputConfig.Outputs
    quality_baseline = steps.baseline(
        "ModelQualityBaseline",
        quality=quality.binary(
            prediction="prediction", probability="probability", truth="malignant"
        ),
        dataset_uri=measured["quality"].S3Output.S3Uri,
        description="How often the model is right on the test rows, to check later answers.",
    )
    accuracy = sdk.figure(evaluate, EVALUATION, "binary_classification_metrics.accuracy.value")
    above_champion = sdk.figure(evaluate, EVALUATION, "gate.log_loss_above_champion")
    register = register_model_step(
        environment,
        "RegisterModel",
        model_package_group=steps.group,
        model_uri=model,
        evaluation_uri=measured["evaluation"].S3Output.S3Uri,
        data_baseline=data_baseline,
        quality_baseline=quality_baseline,
        approval_status=parameters.approval_status,
        metadata=steps.metadata(prepare, accuracy),
        description="Malignant or benign, from measurements of cell nuclei.",
        task="CLASSIFICATION",
        family=SCIKIT_LEARN_IMAGE,
    )
    check = sdk.ConditionStep(
        "CheckQuality",
        conditions=[
            sdk.ConditionGreaterThanOrEqualTo(left=accuracy, right=parameters.least_accuracy),
            sdk.ConditionLessThanOrEqualTo(left=above_champion, right=0.0),
        ],
        if_steps=[register],
        else_steps=[_too_low(accuracy, parameters.least_accuracy)],
    )
    return sdk.compose(
        environment,
        "tumours",
        parameters=vars(parameters).values(),
        steps=[prepare, data_baseline, train, evaluate, quality_baseline, check],
    )


class _Parameters:
    """The parameters of an execution."""

    def __init__(self, environment: PipelineEnvironment) -> None:
        automatic = environment.settings.model_approval == "automatic"
        self.data = sdk.ParameterString(
            "InputDataUrl", default_value=f"s3://{environment.data_bucket}/tumours/raw/"
        )
        self.data_version = sdk.ParameterString("DataVersion", default_value="unversioned")
        self.least_accuracy = sdk.ParameterFloat("LeastAccuracy", default_value=LEAST_ACCURACY)
        self.regularization = sdk.ParameterFloat("Regularization", default_value=1.0)
        self.approval_status = sdk.ParameterString(
            "ModelApprovalStatus",
            default_value="Approved" if automatic else "PendingManualApproval",
        )
        self.git_revision = sdk.ParameterString("GitRevision", default_value="unknown")
        # Part of Evaluate's environment, so of its cache key. `mlops run` fills it in.
        self.champion_version = sdk.ParameterString("ChampionVersion", default_value="unknown")


class _Steps(JobSteps):
    """The steps, each a function of those before it."""

    def __init__(self, environment: PipelineEnvironment, parameters: _Parameters) -> None:
        super().__init__(environment, JOBS, Compute(environment.settings.instance_types[0]))
        self.parameters = parameters
        self.group = environment.names.model_package_group("tumours")
        self.baseline = partial(
            quality.baseline_step,
            environment,
            model_package_group=self.group,
            compute=self.compute,
        )

    def prepare(self) -> sdk.RequestStep:
        return self.processing(
            "Prepare",
            script="prepare.py",
            launcher="",
            family=SCIKIT_LEARN_IMAGE,
            inputs=[JobInput("data", self.parameters.data)],
            outputs=["train", "test", "baseline", "report"],
            variables={"DATA_VERSION": self.parameters.data_version},
            property_files=[DATA_REPORT],
            description="Check and split the rows.",
        )

    def train(self, rows: sdk.Properties) -> sdk.RequestStep:
        return training_step(
            self.environment,
            "Train",
            script="train.py",
            family=SCIKIT_LEARN_IMAGE,
            code_uri=self.code,
            compute=self.compute,
            channels=[JobInput("train", rows)],
            hyperparameters={"regularization": self.parameters.regularization.to_string()},
            description="A logistic regression on standardized measurements.",
        )

    def evaluate(self, model: sdk.Properties, test: sdk.Properties) -> sdk.RequestStep:
        champion = f"s3://{self.environment.models_bucket}/champion/{self.group}/"
        return self.processing(
            "Evaluate",
            script="evaluate.py",
            launcher="",
            family=SCIKIT_LEARN_IMAGE,
            inputs=[
                JobInput("model", model),
                JobInput("test", test),
                JobInput("champion", champion),
            ],
            outputs=["evaluation", "quality"],
            variables={"CHAMPION_VERSION": self.parameters.champion_version},
            property_files=[EVALUATION],
            keep_for=KEEP_COMPARISONS_FOR,
            description="Measure the new model, and the approved one on the same rows.",
        )

    def metadata(self, prepare: sdk.RequestStep, accuracy: sdk.JsonGet) -> dict[str, object]:
        return {
            "CodeHash": self.code.rsplit("/", 1)[-1],
            "DataHash": sdk.figure(prepare, DATA_REPORT, "data.sha256"),
            "DataVersion": self.parameters.data_version,
            "GitRevision": self.parameters.git_revision,
            "Pipeline": "tumours",
            "RunId": sdk.ExecutionVariables.PIPELINE_EXECUTION_ID,
            "TestAccuracy": sdk.Join(on="", values=[accuracy]),
        }


def _too_low(accuracy: sdk.JsonGet, least: sdk.ParameterFloat) -> sdk.FailStep:
    return sdk.FailStep(
        "QualityTooLow",
        error_message=sdk.Join(
            on="",
            values=[
                "The model is not good enough: accuracy ",
                accuracy,
                " (at least ",
                least,
                " wanted).",
            ],
        ),
    )
