"""Definitions of the suite that search, and that check data and models."""

from __future__ import annotations

from typing import Any

from tests.integration.pipeline_local.definition_case import Case, writes
from tests.integration.pipeline_local.definition_parts import (
    DATA,
    LOCAL,
    OUT,
    XGBOOST,
    analyzer,
    get,
    join,
    model,
    processing,
    quality_check,
    register,
    source,
    training,
    training_job,
)

DATA_QUALITY, MODEL_QUALITY = "DATA_QUALITY", "MODEL_QUALITY"
NEW = "CalculatedBaseline"


def tuning(strategy: str, jobs: int, parallel: int, ranges: dict[str, Any]) -> dict[str, Any]:
    """Make a Tuning step over the small training job."""
    return {
        "Name": "Tune",
        "Type": "Tuning",
        "Arguments": {
            "HyperParameterTuningJobConfig": {
                "Strategy": strategy,
                "RandomSeed": 1,
                "HyperParameterTuningJobObjective": {
                    "Type": "Minimize",
                    "MetricName": "validation:rmse",
                },
                "ResourceLimits": {
                    "MaxNumberOfTrainingJobs": jobs,
                    "MaxParallelTrainingJobs": parallel,
                },
                "ParameterRanges": ranges,
            },
            "TrainingJobDefinition": {
                **training_job(),
                "StaticHyperParameters": {"num_round": "2", "nthread": "1"},
            },
        },
    }


ETA = {"ContinuousParameterRanges": [{"Name": "eta", "MinValue": "0.1", "MaxValue": "0.9"}]}
BOOSTERS = {"CategoricalParameterRanges": [{"Name": "booster", "Values": ["gbtree", "gblinear"]}]}


def clarify(kind: str, config: str, **more: Any) -> dict[str, Any]:
    """Make a ClarifyCheck step over one of the suite's configurations."""
    data = more.pop("data", "people")
    return analyzer(
        "ClarifyCheck",
        "sagemaker-clarify-processing:1.0",
        {
            "analysis_config": source(
                f"{DATA}/{config}/analysis_config.json", f"{LOCAL}/input/config"
            ),
            "dataset": source(f"{DATA}/{data}/", f"{LOCAL}/input/data"),
        },
        CheckType=kind,
        **more,
    )


TRAINED = model(
    {"Image": XGBOOST, "ModelDataUrl": get("Steps.Train.ModelArtifacts.S3ModelArtifacts")}
)
ANALYSES: dict[str, Case] = {
    "tuning": Case(
        [
            tuning("Random", 2, 2, ETA),
            writes(
                "Say",
                join(
                    get("Steps.Tune.BestTrainingJob.TrainingJobName"),
                    get("Steps.Tune.TrainingJobSummaries[1].TrainingJobName"),
                    on=" ",
                ),
            ),
        ],
        objects={f"{OUT}/Say/out/text": "…-00"},
    ),
    "a grid": Case(
        [
            tuning("Grid", 2, 1, BOOSTERS),
            writes("Say", get("Steps.Tune.TrainingJobStatusCounters.Completed")),
        ],
        objects={f"{OUT}/Say/out/text": "2"},
    ),
    "a search that learns": Case(
        [
            tuning("Bayesian", 4, 1, ETA),
            writes(
                "Say",
                get("Steps.Tune.BestTrainingJob.FinalHyperParameterTuningJobObjectiveMetric.Value"),
            ),
        ],
        objects={f"{OUT}/Say/out/text": "…."},
    ),
    "data quality": Case(
        [
            quality_check(DATA_QUALITY),
            processing(
                "Read",
                "copy:given=out/c.json",
                inputs={"given": get(f"Steps.Check.{NEW}Constraints")},
                outputs=("out",),
            ),
        ],
        objects={f"{OUT}/Read/out/c.json": '…"inferred_type"'},
    ),
    "model quality": Case(
        [
            quality_check(
                MODEL_QUALITY,
                problem_type="Regression",
                ground_truth_attribute="truth",
                inference_attribute="said",
            ),
            writes("Say", get("Steps.Check.BaselineUsedForDriftCheckStatistics")),
        ],
        objects={f"{OUT}/checks/statistics.json": '…"regression_metrics"'},
    ),
    "bias of the data": Case(
        [
            clarify("DATA_BIAS", "config"),
            writes("Say", get(f"Steps.Check.{NEW}Constraints")),
        ],
        objects={f"{OUT}/Say/out/text": f"{OUT}/checks/analysis.json"},
    ),
    "explained by its trees": Case(
        [
            training(),
            TRAINED,
            clarify(
                "MODEL_EXPLAINABILITY",
                "explain",
                data="train",
                ModelName=get("Steps.Make.ModelName"),
            ),
        ],
        objects={f"{OUT}/checks/analysis.json": '…"kernel_shap"'},
    ),
    "drift from the registered baseline": Case(
        [
            training(),
            register(
                baselines={
                    "ModelDataQuality": {
                        part: {"ContentType": "application/json", "S3Uri": f"{DATA}/base/{file}"}
                        for part, file in (
                            ("Statistics", "statistics.json"),
                            ("Constraints", "constraints.json"),
                        )
                    }
                }
            ),
            quality_check(
                DATA_QUALITY,
                fields={
                    "SkipCheck": False,
                    "RegisterNewBaseline": False,
                    "ModelPackageGroupName": "suite-models",
                    "DependsOn": ["Register"],
                },
            ),
        ],
        {"Check": "Failed"},
        "thought: missing_column_check",
    ),
}
