"""Requests to the API of pipelines, validated by their form: reading and pagination."""

from __future__ import annotations

import hashlib
import json
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from mlops_common.strict_json import read_strictly

if TYPE_CHECKING:
    from pipeline_local.runs.run_state import RunState

_PAGE = 10  # the service's default


class Request:
    """A request and the backend that it is for."""

    def __init__(self, operation: str, content: dict[str, Any], backend: Any) -> None:
        self.operation = operation
        self.content = content
        self.backend = backend

    def get(self, name: str) -> Any:
        """Return a member of the request, None where it has none."""
        return self.content.get(name)

    @classmethod
    def of(cls, response: Any) -> Request:
        """Read the request that moto is to answer."""
        target = response.headers.get("X-Amz-Target", "")
        content = json.loads(response.body or "{}")
        return cls(target.rpartition(".")[2], content, response.sagemaker_backend)

    def other(self, operation: str, **content: Any) -> Request:
        """Return another request to the same backend."""
        return Request(operation, content, self.backend)


def definition_of(asked: Request, *, optional: bool = False) -> str | None:
    """Return the definition of a request, from its text or from S3; refuse an invalid one."""
    text, place = (
        asked.get(name) for name in ("PipelineDefinition", "PipelineDefinitionS3Location")
    )
    if text and place:
        raise invalid("PipelineDefinition and PipelineDefinitionS3Location: choose one of them")
    if place:
        text = _stored_text(asked, place)
    if not text:
        if optional:
            return None
        raise invalid("PipelineDefinition or PipelineDefinitionS3Location: choose one of them")
    try:
        problems = _form_problems(read_strictly(text))
    except ValueError as error:
        problems = [str(error)]
    except RecursionError:
        problems = ["it is nested too deeply"]
    if problems:
        raise invalid(f"Unable to parse pipeline definition: {'; '.join(problems)}")
    return str(text)


def _stored_text(asked: Request, place: dict[str, str]) -> str:
    """Return the text of an object in S3, or of a version of it."""
    from moto.s3.exceptions import S3ClientError
    from moto.s3.models import s3_backends

    backend = s3_backends[asked.backend.account_id][asked.backend.partition]
    bucket, key = place["Bucket"], place["ObjectKey"]
    try:
        found = backend.get_object(bucket, key, version_id=place.get("VersionId"))
    except S3ClientError:
        found = None
    if found is None:
        raise invalid(f"Unable to read the pipeline definition: there is no s3://{bucket}/{key}")
    return str(found.value.decode(errors="replace"))


def _form_problems(document: Any) -> list[str]:
    """List what the service refuses too: mistakes of form, and a graph that is none.

    What this machine cannot do is refused when an execution starts.
    """
    from pipeline_local.runs.checks import graph_problems
    from pipeline_schema.definition import NO_STEPS, DefinitionError, parse_definition

    if not isinstance(document, dict) or not isinstance(document.get("Steps"), list):
        return ["it has no list of Steps"]
    try:
        return list(graph_problems(parse_definition("", document)))
    except DefinitionError as error:
        return [line for line in error.problems if "refused" not in line and line != NO_STEPS]


def parallelism_of(asked: Request) -> dict[str, Any] | None:
    """Return the limit of steps at a time."""
    limit: dict[str, Any] | None = asked.get("ParallelismConfiguration")
    return limit


def version_of(asked: Request) -> int | None:
    """Return the number of a version, of which 1 is the first."""
    wanted: int | None = asked.get("PipelineVersionId")
    return wanted


def selection_of(asked: Request) -> dict[str, Any]:
    """Return the selection of steps, empty if none is asked for."""
    selective: dict[str, Any] | None = asked.get("SelectiveExecutionConfig")
    return selective or {}


def values_of(asked: Request, field: str) -> dict[str, str]:
    """Return the values of a list of names and values."""
    return {item["Name"]: item["Value"] for item in asked.get(field) or []}


def check_start(
    name: str,
    text: str,
    values: dict[str, str],
    selective: dict[str, Any],
    base: RunState | None,
) -> None:
    """Refuse parameters and selected steps of a start as the service does."""
    from mlops_common.errors import MlopsError
    from pipeline_local.runs.selection import check_chosen, parameters_of
    from pipeline_schema.definition import DefinitionError, parse_definition

    try:
        definition = parse_definition(name, json.loads(text))
    except DefinitionError:
        return  # the execution fails with the reason
    try:
        parameters_of(definition, values, base)
        if selective and (base or "SourcePipelineExecutionArn" not in selective):
            chosen = {each["StepName"] for each in selective["SelectedSteps"]}
            check_chosen(definition, chosen, base)
    except MlopsError as error:
        raise invalid(str(error)) from None


def page_of(
    asked: Request, name: str, items: list[dict[str, Any]], *, newest_first: bool = True
) -> dict[str, Any]:
    """Return a page of items that are sorted by time, newest first unless asked otherwise."""
    if newest_first and asked.get("SortOrder") != "Ascending":
        items.reverse()
    start = _start_of(asked)
    end = start + int(asked.get("MaxResults") or _PAGE)
    more = {"NextToken": f"{_digest(asked)}{end}"} if end < len(items) else {}
    return {name: items[start:end], **more}


def _start_of(asked: Request) -> int:
    """Return where a page begins; refuse a token that is not of this very question."""
    token, digest = asked.get("NextToken"), _digest(asked)
    if token is None:
        return 0
    place = str(token).removeprefix(digest)
    if place == token or not (place.isascii() and place.isdigit()):
        raise invalid(f"NextToken: {token!r} is of no earlier answer to this {asked.operation}")
    return int(place)


def _digest(asked: Request) -> str:
    """Return a text that two pages of one list have in common, and no two lists."""
    rest = {k: v for k, v in asked.content.items() if k not in ("NextToken", "MaxResults")}
    text = json.dumps([asked.operation, rest], sort_keys=True)
    return hashlib.sha256(text.encode()).hexdigest()[:32]


def invalid(message: str) -> Exception:
    """Build the service's ValidationError."""
    from moto.sagemaker.exceptions import ValidationError

    return ValidationError(message)


def moment_of(value: Any) -> datetime:
    """Return a time of moto's memory, of a run, or of a request."""
    if isinstance(value, int | float):
        return datetime.fromtimestamp(value, UTC)
    found = datetime.fromisoformat(value) if isinstance(value, str) else value
    if found is None:
        return datetime.fromtimestamp(0, UTC)
    at: datetime = found
    return at if at.tzinfo else at.replace(tzinfo=UTC)


def is_between(asked: Request, name: str, value: Any) -> bool:
    """Return whether a time is after and before those of a request, as far as it has them."""
    at = moment_of(value)
    after, before = (asked.get(f"{name}{end}") for end in ("After", "Before"))
    return not (after and at <= moment_of(after)) and not (before and at >= moment_of(before))
