"""Splitting of a transform job's objects into requests, and assembly of the answers.

Source: SageMaker AI developer guide, "Use Batch Transform", and API reference, TransformInput and
TransformOutput.
"""

from __future__ import annotations

from dataclasses import dataclass
from itertools import islice
from typing import TYPE_CHECKING, BinaryIO

from mlops_common.errors import MlopsError
from pipeline_local.steps.record_filters import (
    RecordFilter,
    join_records,
    kind_of,
    parse_filter,
    read_record,
    write_record,
)

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from pipeline_schema.values import JsonObject

_DEFAULT_PAYLOAD_MB = 6
_MEGABYTE = 1 << 20


@dataclass(frozen=True)
class Plan:
    """The settings of a transform job."""

    by_line: bool  # `SplitType: Line`; otherwise an object is one record
    single: bool
    limit: int  # bytes of a request; 0 for any number
    assemble: bool
    join: bool
    before: RecordFilter
    after: RecordFilter
    given: str
    answered: str

    @property
    def record_wise(self) -> bool:
        """True if answers must be matched with records."""
        return self.join or not self.after.keeps_all


def plan_of(request: JsonObject) -> Plan:
    """Parse a CreateTransformJob request."""
    source, target = request["TransformInput"], request["TransformOutput"]
    processing = request.get("DataProcessing") or {}
    given = kind_of(source.get("ContentType") or "")
    by_line = source.get("SplitType", "None") == "Line"
    return Plan(
        by_line=by_line,
        single=not by_line or request.get("BatchStrategy") == "SingleRecord",
        limit=int(request.get("MaxPayloadInMB", _DEFAULT_PAYLOAD_MB)) * _MEGABYTE,
        assemble=target.get("AssembleWith", "None") == "Line",
        join=processing.get("JoinSource", "None") == "Input",
        before=parse_filter(processing.get("InputFilter") or "$"),
        after=parse_filter(processing.get("OutputFilter") or "$"),
        given=given,
        answered=kind_of(target["Accept"]) if target.get("Accept") else given,
    )


def requests_of(plan: Plan, file: Path) -> Iterator[tuple[bytes, int]]:
    """Yield the body of each request of an object, and its number of records."""
    batch: list[bytes] = []
    size = 0
    for record in _filtered(plan, file):
        if plan.limit and len(record) > plan.limit:
            raise MlopsError(
                f"{file.name}: a record has {len(record)} bytes, more than MaxPayloadInMB "
                f"({plan.limit // _MEGABYTE}) allows"
            )
        full = plan.limit and size + len(record) + len(batch) > plan.limit
        if batch and (plan.single or full):
            yield b"\n".join(batch), len(batch)
            batch, size = [], 0
        batch.append(record)
        size += len(record)
    if batch:
        yield b"\n".join(batch), len(batch)


def write_answers(plan: Plan, file: Path, answers: list[tuple[Path, int]], target: Path) -> None:
    """Write the output of an input object."""
    given = _records(plan, file)
    with target.open("wb") as output:
        for answer, count in answers:
            body = answer.read_bytes()
            if not plan.record_wise:
                _put(output, body, line=plan.assemble)
                continue
            records = list(_lines(body.splitlines())) if plan.by_line else [body]
            if len(records) != count:
                raise MlopsError(
                    f"{file.name}: {len(records)} predictions for {count} records; they cannot be "
                    "matched"
                )
            for raw, record in zip(islice(given, count), records, strict=True):
                _put(output, _finished(plan, raw, record), line=plan.assemble)


def _finished(plan: Plan, raw: bytes, answer: bytes) -> bytes:
    if plan.join and plan.after.keeps_all and plan.given == "csv":
        return raw + b"," + answer  # as they are, quotes and all
    record = read_record(answer, plan.answered)
    if plan.join:
        record = join_records(read_record(raw, plan.given), record, plan.given)
    return write_record(plan.after.select(record), plan.answered)


def _filtered(plan: Plan, file: Path) -> Iterator[bytes]:
    for raw in _records(plan, file):
        if plan.before.keeps_all:
            yield raw
        else:
            yield write_record(plan.before.select(read_record(raw, plan.given)), plan.given)


def _records(plan: Plan, file: Path) -> Iterator[bytes]:
    if not plan.by_line:
        yield file.read_bytes()
        return
    with file.open("rb") as lines:
        yield from _lines(lines)


def _lines(lines: list[bytes] | BinaryIO) -> Iterator[bytes]:
    """Yield the lines that are not empty, without their ends."""
    for line in lines:
        if record := line.rstrip(b"\r\n"):
            yield record


def _put(output: BinaryIO, body: bytes, *, line: bool) -> None:
    output.write(body)
    # Some containers end their answer with a line end of their own; two would make an empty record.
    if line and not body.endswith(b"\n"):
        output.write(b"\n")
