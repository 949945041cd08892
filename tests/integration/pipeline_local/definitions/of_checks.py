"""Definitions of quality checks, and of a search that the service makes itself."""

from __future__ import annotations

from typing import Any

from sdk_kit import DATA, MACHINE, MAJOR, OUT, ROLE, load, session
from sdk_steps import definition, say

QualityCheckStep, DataQualityCheckConfig, ModelQualityCheckConfig = load(
    "quality_check_step", "QualityCheckStep", "DataQualityCheckConfig", "ModelQualityCheckConfig"
)
(CheckJobConfig,) = load("check_job_config", "CheckJobConfig")


def checks() -> None:
    """Define checks of data and of a model's answers."""
    if MAJOR == 2:
        from sagemaker.model_monitor import DatasetFormat
    else:
        from sagemaker.core.model_monitor import DatasetFormat
    job = CheckJobConfig(role=ROLE, volume_size_in_gb=1, sagemaker_session=session, **MACHINE)

    def facts(where: Any) -> Any:
        return {
            "baseline_dataset": f"{DATA}/scored/rows.csv",
            "dataset_format": DatasetFormat.csv(header=True),
            "output_s3_uri": f"{OUT}/corpus{MAJOR}/{where}",
        }

    def check(config: Any, **more: Any) -> Any:
        given = {"skip_check": True, "register_new_baseline": True, **more}
        return QualityCheckStep(
            name="Check",
            quality_check_config=config,
            check_job_config=job,
            model_package_group_name="suite-models",
            **given,
        )

    data = check(DataQualityCheckConfig(**facts("data-quality")))
    statistics = data.properties.CalculatedBaselineStatistics
    definition(data, say("Say", "statistics", statistics), name="quality-data")
    answers = {"problem_type": "Regression", "inference_attribute": "said"}
    model = ModelQualityCheckConfig(
        **facts("model-quality"), **answers, ground_truth_attribute="truth"
    )
    definition(check(model), name="quality-model")
    for kind, attribute in (
        ("BinaryClassification", {"probability_attribute": "said"}),
        ("MulticlassClassification", {"inference_attribute": "said"}),
    ):
        answered = ModelQualityCheckConfig(
            **facts(f"model-quality-{kind}") | {"baseline_dataset": f"{DATA}/answers/rows.csv"},
            problem_type=kind,
            ground_truth_attribute="truth",
            **attribute,
        )
        definition(check(answered), name=f"quality-model-{kind.lower()}")
    compared = check(
        DataQualityCheckConfig(**facts("compared")),
        skip_check=False,
        supplied_baseline_statistics=f"{DATA}/base/statistics.json",
        supplied_baseline_constraints=f"{DATA}/base/constraints.json",
    )
    definition(compared, name="quality-compared")
