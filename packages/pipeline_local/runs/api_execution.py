"""A pipeline execution as the API was asked for it, and the files by which its process knows it."""

from __future__ import annotations

from dataclasses import dataclass

REQUEST = "execution.json"
EVENTS_SENT = "told.json"  # which statuses events were sent of
EXECUTION_ENTRY = ""  # the execution itself, among its steps


@dataclass(frozen=True)
class Execution:
    """A pipeline execution as it was asked for.

    Attributes
    ----------
    arn : str
        Its ARN; the last part is also the run's id.
    environment, short_name : str
        What its pipeline's name is made of, where the project says how to split it.
    max_parallel : int or None
        How many steps may run at once, where the start or the pipeline says so.
    """

    arn: str
    pipeline: str
    definition: str
    parameters: dict[str, str]
    description: str
    display_name: str
    account: str
    region: str
    max_parallel: int | None = None
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
