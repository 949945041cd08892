"""A pipeline execution as the API started it, and the files that its process reads and writes."""

from __future__ import annotations

from dataclasses import dataclass

REQUEST = "execution.json"
EVENTS_SENT = "told.json"  # the statuses that events were sent of
EXECUTION_ENTRY = ""  # the execution itself, among its steps


@dataclass(frozen=True)
class Execution:
    """A started execution; its run's id is the last part of the ARN."""

    arn: str
    pipeline: str
    definition: str
    parameters: dict[str, str]
    description: str
    display_name: str
    account: str
    region: str
    max_parallel: int | None = None
    retries: int = 0
    selected: tuple[str, ...] = ()  # the steps to run; empty for all
    source: str = ""  # the id of the run whose results those steps use
    environment: str = ""
    short_name: str = ""

    @property
    def run_id(self) -> str:
        """The run's id."""
        return self.arn.rsplit("/", 1)[-1]

    @property
    def pipeline_arn(self) -> str:
        """The pipeline's ARN."""
        return self.arn.split("/execution/")[0]
