"""Score a batch of abalones with a registered model, and tell how far the batch can be trusted.

ChooseModel → Preprocess → IsNew → CreateModel → Score → CheckDataQuality → Postprocess →
PublishMetrics → Announce; a batch that was scored before ends with PublishRepeated.
"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

from pipeline_definitions import queries, sdk
from pipeline_definitions.steps import JobSteps
from pipeline_definitions.tabular.batch import BatchPipeline, compose_batch
from pipeline_definitions.tabular.rows import Rows, delivered

if TYPE_CHECKING:
    from collections.abc import Sequence

    from pipeline_definitions.environment import PipelineEnvironment

DISPLAY_NAME = "Abalone age: batch inference"
PROCESSING_CODE = Path(__file__).parent.parent / "processing_code"
PIPELINE = BatchPipeline(
    name="batch-inference",
    group="abalone-age",
    asked=8,
    answered=3,  # prediction, lower and upper end
    answer="Prediction and 90 % interval of every record.",
)
SCRIPTS = {"number": "preprocess_batch.py", "collect": "postprocess_batch.py"}


def get_pipeline(environment: PipelineEnvironment) -> sdk.Pipeline:
    """Compose the batch-inference pipeline."""
    return compose_batch(
        environment,
        PIPELINE,
        lambda compute: _Jobs(environment, PROCESSING_CODE, compute),
        _rows(environment),
    )


class _Jobs(JobSteps):
    """The jobs of this pipeline."""

    def job(self, name: str, job: str, *, inputs: Sequence[Any], **others: Any) -> sdk.RequestStep:
        return self.processing(
            name, script=SCRIPTS[job], inputs=[*inputs, self.wheelhouse()], **others
        )


def _rows(environment: PipelineEnvironment) -> Rows:
    """Take the batch from an S3 prefix, or from a query where the environment has one."""
    query = environment.settings.batch.query
    if query is None:
        return delivered(environment, "abalone")
    statement = sdk.ParameterString("Query", default_value=query.statement)
    source = queries.query_input(environment, "data", statement)
    # The services promise neither an order of rows nor the same files for the same rows.
    return Rows(statement, source, queries.ROLE, ("--unordered",))
