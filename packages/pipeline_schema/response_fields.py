"""What the description of a step's job or object has here: `response_fields.yaml`, read and asked.

The table judges every member that botocore's model knows beyond those of the request.
"""

from __future__ import annotations

from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

from pipeline_schema.request_fields import REFUSED, read_table
from pipeline_schema.step_types import step_type

if TYPE_CHECKING:
    from pipeline_schema import property_paths

MADE, AT_START, AT_END, ASKED, NEVER = "made", "made at start", "made at end", "asked", "never"
UNANSWERED = (REFUSED, NEVER)


@cache
def response_table() -> dict[str, Any]:
    """Return the table: operation, then the response's members, nested as in the API's model."""
    return read_table(Path(__file__).with_suffix(".yaml"))


def describing(kind: object) -> str:
    """Return the operation that describes what a type of step makes, empty for other types."""
    row = step_type(kind)
    return row.operation.replace("Create", "Describe") if row.properties_shape else ""


def verdict_of(operation: str, path: property_paths.Path) -> tuple[str, str]:
    """Return what becomes of a property, and why; empty where its request says it.

    Examples
    --------
    >>> verdict_of("DescribeModel", ("CreationTime",))
    ('made', '')
    >>> verdict_of("DescribeModel", ("ExecutionRoleArn",))
    ('', '')
    """
    judgement: Any = response_table().get(operation, {}).get(path[0], "")
    for part in path[1:]:
        if isinstance(judgement, dict):
            judgement = judgement.get(part, judgement)  # an element of a list has no row
    if isinstance(judgement, dict):
        return MADE, ""
    kind, _, reason = judgement.partition(": ")
    return kind, reason


def times_of(name: str, started: str | None, ended: str) -> dict[str, str]:
    """Return the times in the response of a finished step of a type."""
    moments = {AT_START: started or ended, AT_END: ended}
    members = response_table().get(describing(name), {})
    return {member: moments[kind] for member, kind in members.items() if kind in (AT_START, AT_END)}
