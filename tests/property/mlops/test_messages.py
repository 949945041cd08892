"""Text from outside never breaks a message's lines and never steers a terminal."""

from __future__ import annotations

import json
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
import yaml
from hypothesis import example, given
from hypothesis import strategies as st

from cloud_assembly.lone_templates import read_document
from mlops.command_line.older_flags import environment_of_kwargs, pipeline_of_module
from mlops.command_line.reporting import explain
from mlops_common.errors import MlopsError, UserError, printable
from pipeline_definitions.errors import PipelineDefinitionError, PipelineModuleError
from pipeline_local.builds.buildspec import read_buildspec
from pipeline_local.jobs.work import StepFailed, reason_of
from pipeline_schema.definition import parse_definition
from pipeline_schema.parameters import parse_assignments
from pipeline_schema.property_paths import parse_path

if TYPE_CHECKING:
    from collections.abc import Callable

# Line breaks, terminal escape sequences, a change of direction, a byte that is no text.
TRAPS = st.sampled_from(["\n", "\r", "\x1b[2J", "\x9b31m", "\u2028", "\u202e", "\x00", "\udc80"])
TEXTS = st.lists(TRAPS | st.text(max_size=5), min_size=1, max_size=4).map("".join)
VALUES = st.recursive(
    TEXTS | st.none() | st.integers(),
    lambda inner: st.lists(inner, max_size=2) | st.dictionaries(TEXTS, inner, max_size=2),
    max_leaves=4,
)


def _written(content: str, read: Callable[[Path], Any], suffix: str) -> None:
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder, f"given{suffix}")
        path.write_text(content, encoding="utf-8", errors="surrogateescape")
        read(path)


READERS: dict[str, Callable[[str, Any], object]] = {
    "a definition": lambda name, value: parse_definition(
        name, {"Version": name, name: value, "Steps": [{"Name": name, "Type": name}, value]}
    ),
    "a template": lambda name, _: _written(f"Resources: [{name}", read_document, ".yaml"),
    "a JSON template": lambda name, _: _written(f'{{"{name}', read_document, ".json"),
    "a buildspec": lambda name, value: _written(
        yaml.safe_dump({name: value, "version": name, "phases": {name: value}}),
        read_buildspec,
        ".yml",
    ),
    "a file's name": lambda name, _: read_document(Path(name.replace("\0", "") or "x")),
    "a module's name": lambda name, _: pipeline_of_module(name),
    "older arguments": lambda name, value: environment_of_kwargs(json.dumps({name: value})),
    "an assignment": lambda name, _: parse_assignments([name]),
    "a path": lambda name, _: parse_path(name),
}


@pytest.mark.parametrize("reader", READERS)
@example("\n", None)
@given(TEXTS, VALUES)
def test_what_is_read_from_outside_cannot_break_a_message(
    reader: str, name: str, value: object
) -> None:
    try:
        READERS[reader](name, value)
    except UserError as error:
        assert error.lines  # noqa: PT017 - what can be read is right, too
        assert all(line.isprintable() for line in error.lines)  # noqa: PT017
        assert str(error).split("\n") == list(error.lines)  # noqa: PT017


@pytest.mark.parametrize("kind", [MlopsError, PipelineModuleError, PipelineDefinitionError])
@given(st.lists(TEXTS, min_size=1, max_size=3))
def test_an_error_has_the_lines_it_was_given(kind: type[UserError], lines: list[str]) -> None:
    error = kind(*lines)
    assert len(str(error).split("\n")) == len(lines)
    # Wrapped once more, and sent between processes, it stays as it is.
    assert kind(*error.args).lines == error.lines


@given(TEXTS)
def test_the_command_line_prints_what_aws_says_in_one_line(text: str) -> None:
    from botocore.exceptions import ClientError

    error = ClientError({"Error": {"Code": "Refused", "Message": text}}, "CreateModel")
    with pytest.MonkeyPatch.context() as patch:
        printed: list[str] = []
        patch.setattr("sys.stderr.write", printed.append)
        assert explain(error) == 1
    (line,) = printed
    assert line.removesuffix("\n").isprintable()


def test_what_a_job_says_is_kept_as_it_is_and_escaped_where_it_is_shown() -> None:
    failed = StepFailed("AlgorithmError: a\nb")
    assert reason_of(failed) == "AlgorithmError: a\nb"
    assert str(failed) == "AlgorithmError: a\\nb"


def test_ordinary_text_stays_as_it_is() -> None:
    assert printable("step Größe: 'a\\n' 12 °C") == "step Größe: 'a\\n' 12 °C"
