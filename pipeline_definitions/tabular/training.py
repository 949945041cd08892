"""The training pipeline of a table's problem.

Prepare → DataQualityBaseline, BiasBaseline where the problem asks for it, Train → Evaluate →
ModelQualityBaseline, CheckQuality → RegisterModel or QualityTooLow.
"""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Any

from pipeline_definitions import quality, sdk
from pipeline_definitions.bias import CONFIG_FILE, bias_baseline_step
from pipeline_definitions.hyperparameter_search import Objective, best_model, tuning_step
from pipeline_definitions.jobs import (
    KEEP_COMPARISONS_FOR,
    Compute,
    JobInput,
    instance_type_parameter,
)
from pipeline_definitions.registration import register_model_step
from pipeline_definitions.steps import training_step
from pipeline_definitions.tabular.bias import asks_for_bias
from pipeline_definitions.tabular.problem import ProblemSteps

if TYPE_CHECKING:
    from pipeline_definitions.environment import PipelineEnvironment
    from pipeline_definitions.tabular.problem import Problem

DATA_REPORT = sdk.PropertyFile(name="DataReport", output_name="report", path="data_report.json")
EVALUATION = sdk.PropertyFile(
    name="EvaluationReport", output_name="evaluation", path="evaluation.json"
)

UNSEEN_LOSS = Objective("validation:loss", r"validation:loss=(\S+)")  # as `train.py` prints it


def training(environment: PipelineEnvironment, problem: Problem) -> sdk.Pipeline:
    """Compose the training pipeline."""
    parameters = _Parameters(environment, problem)
    steps = _Steps(environment, problem, parameters)
    prepare = steps.prepare()
    prepared = prepare.properties.ProcessingOutputConfig.Outputs
    data_baseline = steps.baseline(
        "DataQualityBaseline",
        quality=quality.DATA,
        dataset_uri=prepared["baseline"].S3Output.S3Uri,
        description="Statistics and constraints of the training data, to check batches against.",
    )
    bias = steps.bias(prepared["train"].S3Output.S3Uri)
    train, model = steps.train(prepared["train"].S3Output.S3Uri)
    evaluate = steps.evaluate(model, prepared["test"].S3Output.S3Uri)
    measured = evaluate.properties.ProcessingOutputConfig.Outputs
    quality_baseline = steps.baseline(
        "ModelQualityBaseline",
        quality=problem.monitored,
        dataset_uri=measured["quality"].S3Output.S3Uri,
        description="The model's errors on the test rows, to check later ones against.",
    )
    skill = sdk.figure(evaluate, EVALUATION, "gate.skill")
    above_champion = sdk.figure(evaluate, EVALUATION, "gate.loss_beyond_allowed")
    register = register_model_step(
        environment,
        "RegisterModel",
        model_package_group=steps.group,
        model_uri=model,
        evaluation_uri=measured["evaluation"].S3Output.S3Uri,
        data_baseline=data_baseline,
        quality_baseline=quality_baseline,
        bias_baseline=bias,
        bias_config_uri=steps.analysis,
        approval_status=parameters.approval_status,
        metadata=steps.metadata(prepare, evaluate),
        description=f"{steps.schema.target}, by {problem.estimator}.",
        task="CLASSIFICATION" if steps.schema.classifies else "REGRESSION",
        family=problem.family,
    )
    check = sdk.ConditionStep(
        "CheckQuality",
        conditions=[
            sdk.ConditionGreaterThanOrEqualTo(left=skill, right=parameters.least_skill),
            sdk.ConditionLessThanOrEqualTo(left=above_champion, right=0.0),
        ],
        if_steps=[register],
        else_steps=[
            _too_low(
                skill, parameters.least_skill, sdk.figure(evaluate, EVALUATION, "gate.summary")
            )
        ],
    )
    return sdk.compose(
        environment,
        problem.name,
        parameters=vars(parameters).values(),
        steps=[
            *(prepare, data_baseline),
            *([bias] if bias else []),
            *(train, evaluate, quality_baseline, check),
        ],
    )


class _Parameters:
    """The parameters of an execution."""

    def __init__(self, environment: PipelineEnvironment, problem: Problem) -> None:
        automatic = environment.settings.model_approval == "automatic"
        self.data = sdk.ParameterString(
            "InputDataUrl", default_value=f"s3://{environment.data_bucket}/{problem.name}/raw/"
        )
        # Part of Prepare's environment, so of its cache key. `mlops run` fills it in.
        self.data_version = sdk.ParameterString("DataVersion", default_value="unversioned")
        self.instance_type = instance_type_parameter(environment, "InstanceType")
        self.least_skill = sdk.ParameterFloat("LeastSkill", default_value=problem.least_skill)
        self.set_aside_limit = sdk.ParameterFloat("SetAsideLimit", default_value=0.05)
        self.approval_status = sdk.ParameterString(
            "ModelApprovalStatus",
            default_value="Approved" if automatic else "PendingManualApproval",
            enum_values=["PendingManualApproval", "Approved", "Rejected"],
        )
        self.seed = sdk.ParameterInteger("Seed", default_value=42)
        self.git_revision = sdk.ParameterString("GitRevision", default_value="unknown")
        # Part of Evaluate's environment, so of its cache key. `mlops run` fills it in.
        self.champion_version = sdk.ParameterString("ChampionVersion", default_value="unknown")


class _Steps(ProblemSteps):
    """The steps, each a function of those before it."""

    def __init__(
        self, environment: PipelineEnvironment, problem: Problem, parameters: _Parameters
    ) -> None:
        super().__init__(environment, problem, Compute(parameters.instance_type))
        self.parameters = parameters
        self.baseline = partial(
            quality.baseline_step,
            environment,
            model_package_group=self.group,
            compute=self.compute,
        )

    def prepare(self) -> sdk.RequestStep:
        return self.job(
            "Prepare",
            "prepare",
            inputs=[JobInput("data", self.parameters.data)],
            outputs=["train", "test", "baseline", "report"],
            arguments=["--set-aside-limit", self.parameters.set_aside_limit.to_string()],
            variables={"DATA_VERSION": self.parameters.data_version},
            property_files=[DATA_REPORT],
            description="Check the rows by the schema, and split them by their content.",
        )

    @property
    def analysis(self) -> str:
        """The place of the problem's analysis of bias."""
        return f"{self.files.uri.rstrip('/')}/{CONFIG_FILE}"

    def bias(self, rows: sdk.Properties) -> sdk.RequestStep | None:
        """Make the step that measures the data's bias, where the problem has an analysis."""
        if not asks_for_bias(self.problem.folder, self.schema):
            return None
        return bias_baseline_step(
            self.environment,
            "BiasBaseline",
            config_uri=self.analysis,
            dataset_uri=rows,
            model_package_group=self.group,
            compute=self.compute,
            description="Bias of the training data, registered with the model.",
        )

    def train(self, rows: sdk.Properties) -> tuple[sdk.RequestStep, Any]:
        """Make the step that trains, or searches, and return it with the place of its model."""
        search, estimator = self.problem.search, self.problem.estimator
        settings = {name: str(value) for name, value in self.problem.settings.items()}
        common: dict[str, Any] = {
            "script": "job.py",
            "code_uri": self.code,
            "compute": self.compute,
            "family": self.family,
            "channels": [JobInput("train", rows), self.files, *self.packages()],
            "hyperparameters": {
                "estimator": estimator,
                "seed": self.parameters.seed.to_string(),
                **settings,
            },
        }
        if search is None:
            description = f"{estimator}, and its errors on rows that it had not seen."
            train = training_step(self.environment, "Train", description=description, **common)
            return train, train.properties.ModelArtifacts.S3ModelArtifacts
        train = tuning_step(
            self.environment,
            "Train",
            search=search,
            objective=UNSEEN_LOSS,
            seed=self.parameters.seed,
            description=f"{estimator}, with the settings of least error on rows not seen.",
            **common,
        )
        return train, best_model(self.environment, train)

    def evaluate(self, model: Any, test: sdk.Properties) -> sdk.RequestStep:
        champion = f"s3://{self.environment.models_bucket}/champion/{self.group}/"
        return self.job(
            "Evaluate",
            "evaluate",
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

    def metadata(self, prepare: sdk.RequestStep, evaluate: sdk.RequestStep) -> dict[str, object]:
        loss = sdk.figure(evaluate, EVALUATION, "loss.value")
        skill = sdk.figure(evaluate, EVALUATION, "gate.skill")
        return {
            "CodeHash": self.code.rsplit("/", 1)[-1],
            "DataUrl": self.parameters.data,
            "DataHash": sdk.figure(prepare, DATA_REPORT, "data.sha256"),
            "DataVersion": self.parameters.data_version,
            "GitRevision": self.parameters.git_revision,
            "Pipeline": self.problem.name,
            "RunId": sdk.ExecutionVariables.PIPELINE_EXECUTION_ID,
            # The registry's metadata holds strings only.
            "TestLoss": sdk.Join(on="", values=[loss]),
            "TestSkill": sdk.Join(on="", values=[skill]),
        }


def _too_low(skill: sdk.JsonGet, least: sdk.ParameterFloat, summary: sdk.JsonGet) -> sdk.FailStep:
    return sdk.FailStep(
        "QualityTooLow",
        error_message=sdk.Join(
            on="",
            values=[
                "The model is not good enough: it saves ",
                skill,
                " of the loss of the best constant (at least ",
                least,
                " wanted); ",
                summary,
            ],
        ),
    )
