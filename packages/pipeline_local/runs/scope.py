"""Values of expressions during a run."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from mlops_common.errors import MlopsError
from mlops_common.times import now
from pipeline_local.jobs.storage import join_uri
from pipeline_local.runs.run_state import Status
from pipeline_schema.property_paths import PathError, look_up

if TYPE_CHECKING:
    from pipeline_local.jobs.work import RunContext
    from pipeline_local.runs.run_state import RunState
    from pipeline_schema.definition import Definition
    from pipeline_schema.expressions import Reference


@dataclass(frozen=True)
class RunScope:
    """The values that one step of a run sees."""

    definition: Definition
    state: RunState
    run: RunContext
    step: str

    def value_of(self, reference: Reference) -> Any:
        """Evaluate a reference."""
        if reference.kind == "parameter":
            return self.state.parameters[reference.name]
        if reference.kind == "execution":
            return self._execution_variable(reference.name)
        asked = self.state.steps[reference.step]
        if asked.status is not Status.SUCCEEDED:
            raise MlopsError(f"step {reference.step} has no result: it is {asked.status}")
        if reference.kind == "property file":
            return self.read_json(self._property_file_uri(reference))
        try:
            return look_up(asked.properties, reference.path)
        except PathError as error:
            raise MlopsError(f"Steps.{reference.step}: {error}") from None

    def read_json(self, uri: str) -> Any:
        """Return the JSON document at an S3 URI."""
        return self.run.store.read_json(uri)

    def _execution_variable(self, name: str) -> str:
        state = self.state
        pipeline_arn = self.run.arn("pipeline", state.pipeline_name)
        values = {
            "StartDateTime": state.started,
            "CurrentDateTime": now(),
            "PipelineName": state.pipeline_name,
            "PipelineArn": pipeline_arn,
            "PipelineExecutionId": state.run_id,
            "PipelineExecutionArn": f"{pipeline_arn}/execution/{state.run_id}",
            "TrainingJobName": self.run.job_name(self.step),
            "ProcessingJobName": self.run.job_name(self.step),
        }
        return values[name]

    def _property_file_uri(self, reference: Reference) -> str:
        file = self.definition.steps[reference.step].property_files[reference.name]
        outputs = self.state.steps[reference.step].properties["ProcessingOutputConfig"]["Outputs"]
        place = look_up(outputs, (file.output, "S3Output", "S3Uri"))
        return join_uri(place, file.path)
