"""Compare what turned out to be true with what a model had said, when the truth comes late.

ChooseModel → JoinTruth → NoTruthYet → CheckModelQuality → MeasureQuality → PublishMetrics; while
there is no truth for the model's own predictions it ends with PublishNothing.
"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

from pipeline_definitions.quality import regression
from pipeline_definitions.steps import JobSteps
from pipeline_definitions.tabular.late_truth import QualityPipeline, compose_quality

if TYPE_CHECKING:
    from collections.abc import Sequence

    from pipeline_definitions import sdk
    from pipeline_definitions.environment import PipelineEnvironment

DISPLAY_NAME = "Abalone age: model quality"
PROCESSING_CODE = Path(__file__).parent.parent / "processing_code"
PIPELINE = QualityPipeline(
    name="model-quality",
    group="abalone-age",
    dataset="abalone",
    scored_by="batch-inference",
    monitored=regression(prediction="prediction", truth="rings"),
    figure="Mean squared error, and how far beyond chance it is above the baseline.",
)


def get_pipeline(environment: PipelineEnvironment) -> sdk.Pipeline:
    """Compose the model-quality pipeline."""
    return compose_quality(
        environment, PIPELINE, lambda compute: _Jobs(environment, PROCESSING_CODE, compute)
    )


class _Jobs(JobSteps):
    """The jobs of this pipeline."""

    def job(self, name: str, job: str, *, inputs: Sequence[Any], **others: Any) -> sdk.RequestStep:
        if job == "measure":
            return self.processing(
                name, script="measure_quality.py", launcher="", inputs=inputs, **others
            )
        all_inputs = [*inputs, self.wheelhouse()]
        return self.processing(name, script="join_truth.py", inputs=all_inputs, **others)
