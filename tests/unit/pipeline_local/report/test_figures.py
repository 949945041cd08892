"""Every figure of a page is that of the file that it claims to show, and another is noticed."""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING

import pytest

from pipeline_local.report.facts import collect
from pipeline_local.report.page import render
from tests.report_figures import wrong
from tests.report_files import Files

from .conftest import BUCKET

if TYPE_CHECKING:
    from pipeline_local.jobs.storage import ObjectStore
    from pipeline_local.runs.run_state import RunFolder, RunState

_FIGURE = re.compile(r">[^<>&]*?(\d)[^<>&\d]*[<&]")  # not the digits of an entity


@pytest.fixture
def files(folder: RunFolder, state: RunState, objects: dict[str, bytes]) -> Files:
    uri = f"{BUCKET}/runs/Evaluate/evaluation/evaluation.json"
    check = {"name": "test rows", "figure": "mse", "loss": 0.2513, "allowed": 0.1257, "failed": 1}
    gate = {"summary": "failed: test rows", "checks": [check]}
    objects[uri] = json.dumps(json.loads(objects[uri]) | {"gate": gate}).encode()
    logs = {log.stem: log.read_text() for log in (folder.folder / "logs").glob("*.log")}
    models = [state.steps["Register"].properties]
    return Files(json.loads(json.dumps(state.to_json())), objects, logs, models)


def test_every_figure_is_in_the_file_of_its_section(
    folder: RunFolder, store: ObjectStore, files: Files
) -> None:
    assert wrong(render(collect(folder, store)), files) == []


def test_a_figure_that_no_file_has_is_noticed(
    folder: RunFolder, store: ObjectStore, files: Files
) -> None:
    source = render(collect(folder, store))
    start = source.index("<header>")
    assert not wrong(source, files)
    for found in _FIGURE.finditer(source, start):
        at = found.start(1)
        # Nearly every other digit: a small count may be another one's of its section.
        changes = (str((int(source[at]) + more) % 10) for more in (3, 5, 6))
        changed = (source[:at] + digit + source[at + 1 :] for digit in changes)
        assert any(wrong(each, files) for each in changed), found.group()


def test_a_figure_that_is_left_out_is_noticed(
    folder: RunFolder, store: ObjectStore, files: Files
) -> None:
    source = render(collect(folder, store))
    for figure in ("3.883", "0.2513", "4,177"):
        assert wrong(source.replace(figure, ""), files), figure
