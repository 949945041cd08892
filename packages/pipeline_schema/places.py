"""The places in S3 that a step names: what can be none is found before a run.

Source: Amazon S3 User Guide, "General purpose bucket naming rules"; botocore's patterns of
SageMaker's places, of which those of jobs take `https://`, too.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

from pipeline_schema.api_model import request_shape
from pipeline_schema.expressions import is_expression, walk
from pipeline_schema.parameters import known_text
from pipeline_schema.property_paths import show_path
from pipeline_schema.request_fields import NO_EFFECT, field_table
from pipeline_schema.step_types import step_type

if TYPE_CHECKING:
    from collections.abc import Iterator

    from pipeline_schema.definition import Step

_PATTERN = "(https|s3)://"  # begins that of each place
_BUCKET = re.compile(r"[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]")
_FORM = "s3://BUCKET/KEY"


def place_problems(step: Step) -> Iterator[str]:
    """Yield a line for each place of a job, a model or a `Std:JsonGet` that cannot be one."""
    row = step_type(step.type)
    if row.job and row.operation:
        table = field_table().get(row.operation, {})
        shape = request_shape(row.operation)
        for name, value in step.arguments.items():
            if name in shape.members and not str(table.get(name)).startswith(NO_EFFECT):
                yield from _in_request(value, shape.members[name], name)
    for name, kind in row.settings.items():
        if kind == "String" and name.startswith("Supplied"):
            yield from place_problem(step.settings.get(name), name)
    for where, expression in walk({"Arguments": step.arguments}):
        source = expression.get("Std:JsonGet")
        if isinstance(source, dict) and "S3Uri" in source:
            yield from place_problem(source["S3Uri"], f"{show_path(where)}: Std:JsonGet: S3Uri")


def place_problem(value: Any, where: str) -> Iterator[str]:
    """Yield why a value is no place in S3, as far as it is known before a run.

    Examples
    --------
    >>> list(place_problem("https://bucket/key", "S3Uri"))
    ["S3Uri: 'https://bucket/key' is not read here; write it as s3://BUCKET/KEY"]
    """
    text = known_text(value, {})
    if not text:
        return
    bucket, slash, _ = text.removeprefix("s3://").partition("/")
    whole = not is_expression(value)
    if not text.startswith("s3://") and (whole or len(text) >= len("s3://")):
        yield f"{where}: {text!r} is not read here; write it as {_FORM}"
    elif (slash or whole) and text.startswith("s3://") and not _BUCKET.fullmatch(bucket):
        yield f"{where}: {bucket!r} is not the name of a bucket: 3 to 63 of a-z, 0-9, . and -"


def _in_request(value: Any, shape: Any, where: str) -> Iterator[str]:
    if shape.type_name == "structure" and isinstance(value, dict) and not is_expression(value):
        for name, item in value.items():
            if name in shape.members:
                yield from _in_request(item, shape.members[name], f"{where}.{name}")
    elif shape.type_name == "list" and isinstance(value, list):
        for number, item in enumerate(value):
            yield from _in_request(item, shape.member, f"{where}[{number}]")
    elif shape.type_name == "string" and shape.metadata.get("pattern", "").startswith(_PATTERN):
        yield from place_problem(value, where)
