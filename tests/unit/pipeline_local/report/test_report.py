from __future__ import annotations

import hashlib
import json
import re
from html.parser import HTMLParser
from typing import TYPE_CHECKING

import pytest

from mlops_common.errors import MlopsError
from pipeline_local.report import write_report
from pipeline_local.report.facts import collect
from pipeline_local.report.page import number, render
from pipeline_local.runs.run_state import RunFolder, RunState, Status, StepState

from .conftest import BUCKET, CODE_HASH, DATA_HASH, EVIL

if TYPE_CHECKING:
    from pathlib import Path

    from pipeline_local.jobs.storage import ObjectStore

_VOID = {"meta", "link", "img", "br"}


class Page(HTMLParser):
    """Tags with attributes, the text, and whether every element is closed in order."""

    def __init__(self, source: str) -> None:
        super().__init__()
        self.tags: list[tuple[str, dict[str, str]]] = []
        self.text = ""
        self.open: list[str] = []
        self.feed(source)
        self.close()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, {name: value or "" for name, value in attrs}))
        if tag not in _VOID:
            self.open.append(tag)

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, {name: value or "" for name, value in attrs}))

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag

    def handle_data(self, data: str) -> None:
        self.text += data

    def ids(self) -> list[str]:
        return [attributes["id"] for _, attributes in self.tags if "id" in attributes]


def _page(folder: RunFolder, store: ObjectStore | None) -> str:
    return render(collect(folder, store))


def test_every_step_is_named_with_its_status_and_time(
    folder: RunFolder, store: ObjectStore, state: RunState
) -> None:
    page = Page(_page(folder, store))
    assert not page.open
    for name in state.steps:
        assert page.text.count(name) >= 3  # twice in graphs, once in the table
    assert "Not taken" in page.text
    assert "3.0 s" in page.text
    assert "17.0 s" in page.text


def test_nothing_is_loaded_from_elsewhere(folder: RunFolder, store: ObjectStore) -> None:
    source = _page(folder, store)
    page = Page(source)
    plain = re.sub(r"data:image/png;base64,[^\"]*", "", source)
    assert not re.search(r"https?:|url\(|@import|[\"'=]//", plain)
    assert "script" not in {tag for tag, _ in page.tags}
    for _, attributes in page.tags:
        for key in ("src", "href"):
            assert attributes.get(key, "data:").startswith(("data:", "#"))


def test_links_lead_to_sections_and_references_to_elements(
    folder: RunFolder, store: ObjectStore
) -> None:
    page = Page(_page(folder, store))
    ids = page.ids()
    assert len(ids) == len(set(ids))
    for _, attributes in page.tags:
        if attributes.get("href", "").startswith("#"):
            assert attributes["href"][1:] in ids
        assert set(attributes.get("aria-labelledby", "").split()) <= set(ids)


def test_pictures_have_words(folder: RunFolder, store: ObjectStore) -> None:
    page = Page(_page(folder, store))
    images = [attributes for tag, attributes in page.tags if tag == "img"]
    drawings = [attributes for tag, attributes in page.tags if tag == "svg"]
    assert [image["alt"] for image in images] == [
        "Residuals: error of each prediction against the predicted value"
    ]
    assert len(drawings) == 4
    assert all(d.get("aria-label") or d.get("aria-labelledby") for d in drawings)


def test_foreign_content_is_escaped(folder: RunFolder, store: ObjectStore) -> None:
    source = _page(folder, store)
    assert "<script" not in source
    assert Page(source).text.count(EVIL) == 3  # a parameter, a log line, a reason


def test_lineage_names_data_code_and_outputs_by_hash(folder: RunFolder, store: ObjectStore) -> None:
    lineage = collect(folder, store).lineage
    code, data = lineage["Prepare"]
    assert (code.source, code.sha256) == ("code asset", CODE_HASH)
    assert (data.source, data.sha256) == ("data set", DATA_HASH)
    rows = hashlib.sha256(b"rows").hexdigest()
    model = hashlib.sha256(b"the model").hexdigest()
    assert [(o.source, o.sha256) for o in lineage["Train"]] == [("Prepare: train", rows)]
    assert [(o.source, o.sha256) for o in lineage["Evaluate"]] == [("Train: model", model)]
    assert model in _page(folder, store)


def test_evaluation_data_and_baseline_are_shown(folder: RunFolder, store: ObjectStore) -> None:
    text = " ".join(Page(_page(folder, store)).text.split())
    for said in (
        "3.883",
        "± 0.355",
        "champion",
        "arn:old",
        "10.2",
        "4,177",
        "complete, not negative",
        "drifted far",
        "snails version 7",
        "PendingManualApproval",
        "3.9 <= 5.0: True",
    ):
        assert said in text


def _statistics(mean: float, *names: str) -> bytes:
    numbers = {"common": {"num_missing": 0}, "mean": mean, "distribution": {"kll": {"buckets": []}}}
    features = [{"name": name, "numerical_statistics": numbers} for name in names]
    return json.dumps({"features": features}).encode()


def test_checked_data_stand_beside_the_baseline_that_was_used(
    folder: RunFolder, state: RunState, objects: dict[str, bytes], store: ObjectStore
) -> None:
    used, found = f"{BUCKET}/baselines/3", f"{BUCKET}/runs/Drift"
    state.steps["Drift"] = StepState(
        "QualityCheck",
        properties={
            "ProcessingOutputConfig": {"Outputs": [{"S3Output": {"S3Uri": found}}]},
            "CalculatedBaselineStatistics": f"{found}/statistics.json",
            "BaselineUsedForDriftCheckStatistics": f"{used}/statistics.json",
        },
    )
    folder.save(state)
    objects |= {
        f"{used}/statistics.json": _statistics(123.5, "height", "gone"),
        f"{found}/statistics.json": _statistics(678.5, "height", "new"),
        f"{BUCKET}/runs/Evaluate/evaluation/figures.json": json.dumps(
            {"figures": {"DriftDistanceByFeature": {"height": 0.321}}}
        ).encode(),
    }
    source = _page(folder, store)
    (table,) = re.findall(r'<section id="compared".*?</section>', source, re.DOTALL)
    rows = [re.sub(r"<[^>]*>", " ", row).split() for row in re.findall("<tr>.*?</tr>", table)[1:]]
    assert rows == [
        ["height", "baseline", "123.5", "0"],
        ["height", "checked", "0.321", "678.5", "0"],
        ["gone", "baseline", "123.5", "0"],
        ["gone", "checked", "no", "such", "column"],
        ["new", "baseline", "no", "such", "column"],
        ["new", "checked", "678.5", "0"],
    ]
    # What was checked is nobody's baseline.
    (section,) = re.findall(r'<section id="baseline".*?</section>', source, re.DOTALL)
    assert "678.5" not in section
    assert "real data" not in source


def test_edges_are_those_of_the_definition_without_implied_ones(
    folder: RunFolder, store: ObjectStore
) -> None:
    facts = collect(folder, store)
    assert facts.waits["Evaluate"] == {"Train"}
    assert facts.waits["Register"] == {"Check"}
    assert facts.sides == {("Check", "Register"): "yes", ("Check", "TooBad"): "no"}


def test_same_run_same_bytes(folder: RunFolder, store: ObjectStore, tmp_path: Path) -> None:
    first = write_report(folder, tmp_path / "a" / "one.html", store).read_bytes()
    assert write_report(folder, tmp_path / "two.html", store).read_bytes() == first


@pytest.mark.parametrize("status", [Status.FAILED, Status.STOPPED, Status.EXECUTING])
def test_an_unfinished_run_shows_the_reason_and_the_command_to_resume(
    folder: RunFolder, state: RunState, store: ObjectStore, status: Status
) -> None:
    state.status = status
    state.steps["Train"].status = status
    state.steps["Train"].ended = None
    state.failure = None if status is Status.EXECUTING else "Train: no such column: <length>"
    folder.save(state)
    source = _page(folder, store)
    text = Page(source).text
    assert "mlops run training --local --resume 0123456789ab" in text
    assert (state.failure or "The runner ended before the run did.") in text
    assert "round 1" in text
    alone = "--resume 0123456789ab --only Train"
    assert (alone in text) == (status is Status.FAILED)
    assert source == _page(folder, store)  # no duration that grows with the clock
    if status is Status.EXECUTING:  # nobody runs it
        assert "Interrupted" in text


def test_missing_pieces_are_absent(folder: RunFolder, state: RunState) -> None:
    (folder.folder / "definition.json").write_text("{broken")
    (folder.folder / "logs" / "Train.log").unlink()
    state.data, state.parameters = {}, {}
    for step in state.steps.values():
        step.arguments, step.properties, step.started, step.ended = {}, {}, None, None
    folder.save(state)
    page = Page(_page(folder, None))
    assert {"evaluation", "baseline", "model", "data", "failure"}.isdisjoint(page.ids())
    assert "No step has read or written anything yet." in page.text


@pytest.mark.parametrize(
    "content",
    [
        b"{broken",
        b"[]",
        b"{}",
        b'{"features": null, "rows": 3, "violations": 7}',
        b'{"features": [1, {"name": 2, "numerical_statistics": {"distribution": []}}]}',
        b'{"rows": {"reasons": {"a": {"count": "x"}}}, "columns": {"c": {"counts": {"1": "x"}}}}',
        (
            b'{"features": [{"completeness": "x", "string_statistics": {"distribution": '
            b'{"categorical": {"buckets": [1, {"count": "x"}]}}}}], "violations": [3]}'
        ),
    ],
)
def test_outputs_of_another_form_are_no_error(
    folder: RunFolder, store: ObjectStore, objects: dict[str, bytes], content: bytes
) -> None:
    for uri in objects:
        if uri.endswith(".json"):
            objects[uri] = content
    assert "3.883" not in _page(folder, store)


def test_clear_errors(folder: RunFolder, tmp_path: Path) -> None:
    with pytest.raises(MlopsError, match="there is no run gone"):
        write_report(RunFolder(tmp_path / "gone"), tmp_path / "x.html", None)
    (tmp_path / "file").write_text("")
    with pytest.raises(MlopsError, match="cannot be written"):
        write_report(folder, tmp_path / "file" / "x.html", None)


def test_numbers() -> None:
    assert [number(n) for n in (3.88316874, 4177, 4177.0, 0.05199, True, "x", float("nan"))] == [
        "3.883",
        "4,177",
        "4,177",
        "0.05199",
        "True",
        "x",
        "nan",
    ]
