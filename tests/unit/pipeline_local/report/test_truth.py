"""What a page says of models, checks, inputs and ends that used to be left out, or was wrong."""

from __future__ import annotations

import hashlib
import json
import re
from typing import TYPE_CHECKING

import pytest

from pipeline_local.report.facts import collect
from pipeline_local.report.page import render
from pipeline_local.runs.run_state import Status, StepState
from pipeline_local.runs.summary import facts_of, found_of

from .conftest import BUCKET

if TYPE_CHECKING:
    from pipeline_local.jobs.storage import ObjectStore
    from pipeline_local.runs.run_state import RunFolder, RunState


def _page(folder: RunFolder, store: ObjectStore) -> str:
    return render(collect(folder, store))


def test_what_a_later_step_wrote_is_nobodys_input(
    folder: RunFolder, state: RunState, objects: dict[str, bytes], store: ObjectStore
) -> None:
    """A list that the run reads first and extends at its end; and a model that a step chose."""
    model, kept = f"{BUCKET}/models/7/model.tar.gz", f"{BUCKET}/runs/Evaluate/evaluation/"
    objects[model] = b"seventh"
    arn = "arn:aws:sagemaker:eu-central-1:111122223333:model-package/snails/6"
    first = state.steps["Prepare"]
    choose = StepState("Lambda", status=Status.SUCCEEDED, started=state.started)
    choose.ended = first.started
    choose.properties = {"OutputParameters": {"ModelDataUrl": model, "ModelPackageArn": arn}}
    state.steps = {"Choose": choose, **state.steps}
    for name, uri in (("model", model), ("list", kept)):
        first.arguments["ProcessingInputs"].append({"InputName": name, "S3Input": {"S3Uri": uri}})
    folder.save(state)
    facts = collect(folder, store, lambda _: {"ModelApprovalStatus": "Approved", "Champion": arn})
    found = {origin.name: (origin.source, origin.sha256) for origin in facts.lineage["Prepare"]}
    assert found["model"] == ("Choose: ModelDataUrl", hashlib.sha256(b"seventh").hexdigest())
    assert found["list"] == (kept, "")
    order = list(state.steps)
    for name, read in facts.lineage.items():
        for origin in read:
            maker = origin.source.partition(":")[0]
            assert maker not in state.steps or order.index(maker) < order.index(name)
    registered, chosen = facts.models
    assert (registered.version, registered.by) == ("7", "Register registered it")
    assert registered.at_registration == "PendingManualApproval"
    assert registered.champion == arn
    assert (chosen.group, chosen.version, chosen.by) == ("snails", "6", "Choose chose it")
    assert (chosen.approval, chosen.champion) == ("Approved", "this version")


def test_the_gates_checks_are_a_table(
    folder: RunFolder, objects: dict[str, bytes], store: ObjectStore
) -> None:
    uri = f"{BUCKET}/runs/Evaluate/evaluation/evaluation.json"
    evaluation = json.loads(objects[uri])
    evaluation["gate"] = {
        "summary": "failed: test rows",
        "checks": [
            {"name": "test rows", "figure": "mse", "loss": 0.25, "allowed": 0.125, "failed": 1},
            {"name": "rows", "figure": "rows", "allowed": 12, "failed": 0},
        ],
    }
    objects[uri] = json.dumps(evaluation).encode()
    source = _page(folder, store)
    (table,) = re.findall(r'aria-label="Checks of the gate">(.*?)</table>', source, re.DOTALL)
    rows = [re.sub(r"<[^>]*>", " ", row).split() for row in re.findall("<tr>.*?</tr>", table)]
    assert rows == [
        ["Check", "Loss", "Allowed", "Result"],
        ["test", "rows", "mse", "0.25", "0.125", "failed"],
        ["rows", "rows", "12", "passed"],
    ]
    assert "Evaluate: failed: test rows." in source


def test_violations_are_part_of_the_result(
    folder: RunFolder, state: RunState, store: ObjectStore
) -> None:
    assert found_of(state) == ""
    for name, count in (("CheckData", 4), ("CheckModel", 1), ("CheckNothing", 0)):
        state.steps[name] = StepState("QualityCheck", properties={"Violations": [{}] * count})
    folder.save(state)
    assert "Succeeded, 5 violations (CheckData, CheckModel)" in _page(folder, store)
    assert facts_of(state)["violations"] == {"CheckData": 4, "CheckModel": 1}


def test_a_run_that_its_pipeline_ended_cannot_be_resumed(
    folder: RunFolder, state: RunState, store: ObjectStore
) -> None:
    state.status = state.steps["TooBad"].status = Status.FAILED
    state.failure = "TooBad: the model is not good enough"
    folder.save(state)
    text = _page(folder, store)
    assert "TooBad ended the run, and would end it again: start another" in text
    assert "--resume" not in text


@pytest.mark.parametrize(
    ("failure", "helps"),
    [
        ("AlgorithmError: 3 of 3 rows cannot be scored;\nrow 1: no sex, exit code: 1", False),
        ("AlgorithmError: half of it, exit code: 127 on algo-2 of 2", False),
        ("AlgorithmError: the job printed nothing, exit code: 137", True),  # killed
        ("AlgorithmError: no module x, exit code: 1. Install x here", True),
        ("MaxRuntimeExceeded: the job ran longer than 60 s", True),
        ("ClientError: input data: no object under s3://data/raw/", True),
    ],
)
def test_a_program_that_refuses_its_data_would_refuse_them_again(
    folder: RunFolder, state: RunState, store: ObjectStore, failure: str, helps: bool
) -> None:
    state.status = Status.FAILED
    state.steps["Read"] = StepState("Processing", Status.FAILED, failure=failure)
    state.failure = f"Read: {failure}"
    folder.save(state)
    text = _page(folder, store)
    assert ("Read ended the run, and would end it again" in text) is not helps
    assert ("Resume it from the last finished step" in text) is helps
    assert "Run Read alone, with the current files" in text
