"""What a synthesis prints of breaches: each once, whatever number of promises it breaks."""

from __future__ import annotations

from types import SimpleNamespace
from typing import TYPE_CHECKING, Any

from iam_prover.principals import role
from iam_prover.request import Request
from promises import plugin
from promises.claims import Promise
from promises.proving import Outcome
from promises.verdicts import REFUSED, Breach, Verdict

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    import pytest

ROLE = "arn:aws:iam::111122223333:role/orchestration"


def refused(what: str, key: str) -> Breach:
    job = "arn:aws:sagemaker:eu-central-1:111122223333:training-job/pipelines-a-train"
    request = Request(role(ROLE), "sagemaker:CreateTrainingJob", job, {key: ("k",)})
    return Breach(Verdict.BROKEN, "team-training, step Train", f"{REFUSED}: {what}", request)


def outcome(number: int, *breaches: Breach, verdict: Verdict = Verdict.BROKEN) -> Outcome:
    promise = Promise(number, f"Statement {number}", "", (), lambda _: iter(()), "")
    return Outcome(promise, verdict, 1, 0.0, breaches)


def reported(monkeypatch: pytest.MonkeyPatch, folder: Path, *outcomes: Outcome) -> list[Any]:
    def judged(*_: object, **__: object) -> Iterator[Any]:
        yield SimpleNamespace(name="dev", outcomes=outcomes, beyond=())

    monkeypatch.setattr(plugin, "judged", judged)
    return plugin.broken_promises([str(folder / "a.template.json")], lambda *_: (), cache=folder)


def test_a_right_that_many_promises_ask_for_is_missing_in_one_line(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    both = [
        refused("it starts the job", f"sagemaker:VolumeKms{each}") for each in ("Key", "KeyArn")
    ]
    outcomes = [outcome(number, *both) for number in (4, 5, 9)]
    (line,) = reported(monkeypatch, tmp_path, *outcomes)
    assert line.rule == "Promise-4"
    start = f"dev: Statement 4. Broken, as are promises 5, 9: {REFUSED}: it starts the job. "
    assert line.statement.startswith(start)
    assert '"sagemaker:VolumeKmsKey"' in line.statement


def test_no_other_breach_is_left_out(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    way_out = Breach(Verdict.BROKEN, "Storage/Data", "it is possible to read")
    found = reported(
        monkeypatch,
        tmp_path,
        outcome(1, way_out, refused("it starts the job", "a")),
        outcome(2, way_out, refused("it passes the role", "a")),
        outcome(3, way_out, verdict=Verdict.PROVED),
    )
    assert sorted(each.rule for each in found) == ["Promise-1"] * 2 + ["Promise-2"] * 2
    assert not [each for each in found if "as are promises" in each.statement]
