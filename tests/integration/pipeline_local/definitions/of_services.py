"""Definitions of checks by Clarify, and of jobs whose algorithms are the service's own."""

from __future__ import annotations

from typing import Any

from sdk_kit import DATA, HOME, MACHINE, MAJOR, OUT, ROLE, load, modelled, session, trained
from sdk_steps import (
    CacheConfig,
    ModelStep,
    ParameterBoolean,
    ParameterString,
    TrainingStep,
    definition,
    say,
)

ClarifyCheckStep, DataBiasCheckConfig, ModelBiasCheckConfig, ModelExplainabilityCheckConfig = load(
    "clarify_check_step",
    "ClarifyCheckStep",
    "DataBiasCheckConfig",
    "ModelBiasCheckConfig",
    "ModelExplainabilityCheckConfig",
)
(CheckJobConfig,) = load("check_job_config", "CheckJobConfig")
if MAJOR == 2:
    from sagemaker import clarify
else:
    from sagemaker.core import clarify

# The step uploads its configuration when it is made: `compose.py` keeps what is there.
ANALYSES = "clarify"
PEOPLE = {"headers": ["paid", "sex", "size"], "label": "paid"}
ROWS = {"headers": ["target", "size", "kind"], "label": "target"}


def _data(where: Any, source: Any, columns: Any) -> Any:
    return clarify.DataConfig(
        s3_data_input_path=f"{DATA}/{source}/rows.csv",
        s3_output_path=f"{OUT}/corpus{MAJOR}/{where}",
        s3_analysis_config_output_path=f"s3://{HOME}/{ANALYSES}/{MAJOR}/{where}",
        **columns,
    )


def _check(name: Any, config: Any, **more: Any) -> Any:
    job = CheckJobConfig(role=ROLE, volume_size_in_gb=1, sagemaker_session=session, **MACHINE)
    given = {"skip_check": True, "register_new_baseline": True, **more}
    return ClarifyCheckStep(
        name=name,
        clarify_check_config=config,
        check_job_config=job,
        model_package_group_name="suite-models",
        **given,
    )


def _people(where: Any) -> Any:
    groups = clarify.BiasConfig(
        label_values_or_threshold=[1], facet_name="sex", facet_values_or_threshold=[1]
    )
    return DataBiasCheckConfig(
        data_config=_data(where, "people", PEOPLE), data_bias_config=groups, methods="all"
    )


def _model() -> Any:
    """Return the steps that make a model, and how Clarify asks it."""
    train = TrainingStep(name="Train", step_args=trained())
    model = ModelStep(
        name="Make", step_args=modelled(train.properties.ModelArtifacts.S3ModelArtifacts)
    )
    asked = clarify.ModelConfig(
        model_name=model.properties.ModelName,
        accept_type="text/csv",
        content_type="text/csv",
        **MACHINE,
    )
    return train, model, asked


def clarify_checks() -> None:
    """Define checks of data, of a model's bias and of its explanations."""
    base = _check("Check", _people("data-bias"))
    calculated = base.properties.CalculatedBaselineConstraints
    definition(base, say("Say", "bias-said", calculated), name="clarify-data-bias")

    first = _check("Base", _people("bias-base"))
    supplied = first.properties.BaselineUsedForDriftCheckConstraints
    second = _check(
        "Check",
        _people("bias-compared"),
        skip_check=False,
        register_new_baseline=False,
        supplied_baseline_constraints=supplied,
    )
    definition(first, second, name="clarify-compared")

    skip = ParameterBoolean("Skip", default_value=True)
    switched = _check(
        "Check",
        _people("bias-switched"),
        skip_check=skip,
        fail_on_violation=False,
        cache_config=CacheConfig(enable_caching=True, expire_after="P1D"),
    )
    definition(switched, name="clarify-switched", parameters=[skip])
    definition(
        _check("Check", _people("bias-alone"), skip_check=False, register_new_baseline=False),
        name="clarify-without-baseline",
    )

    train, model, asked = _model()
    explained = _check(
        "Check",
        ModelExplainabilityCheckConfig(
            data_config=_data("explained", "train", ROWS),
            model_config=asked,
            explainability_config=clarify.SHAPConfig(
                baseline=[[11.0, 1.0]], num_samples=5, agg_method="mean_abs"
            ),
        ),
    )
    definition(train, model, explained, name="clarify-explained")
    train, model, asked = _model()
    biased = _check(
        "Check",
        ModelBiasCheckConfig(
            data_config=_data("model-bias", "train", ROWS),
            data_bias_config=clarify.BiasConfig(
                label_values_or_threshold=[20], facet_name="kind", facet_values_or_threshold=[1]
            ),
            model_config=asked,
            model_predicted_label_config=clarify.ModelPredictedLabelConfig(
                probability_threshold=20
            ),
        ),
    )
    definition(train, model, biased, name="clarify-model-bias")


def service_jobs() -> None:
    """Define searches of AutoML (the third SDK's session has none), and jobs of `CreateJob`."""
    if MAJOR == 2:
        from sagemaker.automl.automl import AutoML, AutoMLInput

        (search_step,) = load("automl_step", "AutoMLStep")

        def searched(source: Any, **more: Any) -> Any:
            search = AutoML(
                ROLE,
                "target",
                output_path=f"{OUT}/automl",
                mode="ENSEMBLING",
                sagemaker_session=session,
                **more,
            )
            given = AutoMLInput(inputs=source, target_attribute_name="target")
            return search_step(name="Search", step_args=search.fit(inputs=given))

        definition(searched(f"{DATA}/train/"), name="automl-plain")
        source = ParameterString("Source", f"{DATA}/train/")
        definition(searched(source), name="automl-parameter", parameters=[source])
        limited = searched(
            f"{DATA}/train/",
            problem_type="Regression",
            job_objective={"MetricName": "MSE"},
            total_job_runtime_in_seconds=600,
        )
        best = limited.properties.BestCandidateProperties.ModelInsightsJsonReportPath
        definition(limited, say("Say", "automl", best), name="automl-asked")
        return
    from sagemaker.core.workflow.pipeline_capture import capture_create_job_request
    from sagemaker.core.workflow.pipeline_context import runnable_by_pipeline

    (job_step,) = load("steps", "JobStep")

    class Producer:
        """What calls `CreateJob` under a pipeline's session, as the SDK's trainers do."""

        _pipeline_caller_name = "create_job"
        sagemaker_session = session

        @runnable_by_pipeline
        def train(self, config: Any) -> Any:
            return capture_create_job_request(
                session,
                job_name="tuned",
                role_arn=ROLE,
                job_category="AgentRFT",
                schema_version="1.0.0",
                job_config=config,
            )

    def job(name: Any, config: Any) -> Any:
        return job_step(name=name, step_args=Producer().train(config))

    plain = {"OutputDataConfig": {"S3OutputPath": f"{OUT}/jobs"}}
    definition(job("Tune", plain), name="job-plain")
    rate = ParameterString("Rate", "0.1")
    definition(
        job("Tune", {**plain, "HyperParameters": {"learning_rate": rate}}),
        name="job-parameter",
        parameters=[rate],
    )
    first = job("Tune", plain)
    result = first.properties.JobConfigDocument
    definition(first, say("Say", "job", result), name="job-asked")
