"""A small pipeline from its template to a registered model, through the command line."""

from __future__ import annotations

import json
import signal
import tarfile
from io import BytesIO
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from conftest import SmallProject


def steps(facts: dict[str, Any]) -> dict[str, str]:
    return {step["name"]: step["status"] for step in facts["steps"]}


def model_of(project: SmallProject, facts: dict[str, Any]) -> bytes:
    """Return the model that a run registered, the only one."""
    (package,) = project.packages(facts["run"])
    (container,) = package["InferenceSpecification"]["Containers"]
    return project.read(container["ModelDataUrl"])


@pytest.fixture(scope="session")
def undisturbed(project: SmallProject) -> dict[str, Any]:
    return project.run("--parameter", "MinimumRows=40")


def test_a_run_trains_and_registers(project: SmallProject, undisturbed: dict[str, Any]) -> None:
    facts = undisturbed
    assert facts["status"] == "Succeeded"
    assert steps(facts) == {
        "Prepare": "Succeeded",
        "Train": "Succeeded",
        "Enough": "Succeeded",
        "Register": "Succeeded",
        "TooFew": "NotTaken",
    }
    (package,) = project.packages(facts["run"])
    assert package["ModelApprovalStatus"] == "PendingManualApproval"
    assert package["CustomerMetadataProperties"]["Rows"] == "40"
    (container,) = package["InferenceSpecification"]["Containers"]
    assert container["Image"].startswith("763104351884.dkr.ecr.eu-central-1.")
    with tarfile.open(fileobj=BytesIO(model_of(project, facts))) as archive:
        model = archive.extractfile("model.json")
        assert model is not None
        assert json.load(model)["slope"] == pytest.approx(2, abs=0.1)
    assert facts["steps"][1]["metrics"]["validation:mse"] > 0

    listed = json.loads(project.mlops("runs", "list", "--json").stdout)
    assert facts["run"] in [run["run"] for run in listed]
    fetched = project.mlops("runs", "fetch", facts["run"], "--output", "out")
    assert fetched.returncode == 0, fetched.stderr
    assert (project.root / "out" / "Prepare" / "report" / "report.json").is_file()
    assert (project.root / "out" / "Train" / "model" / "model.tar.gz").is_file()


def test_a_failed_gate_fails_the_run_with_its_figures(project: SmallProject) -> None:
    facts = project.run("--parameter", "MinimumRows=41")
    assert facts["status"] == "Failed"
    assert facts["failure"] == "only 40 rows, where 41 are needed"
    assert steps(facts)["Register"] == "NotTaken"
    assert not project.packages(facts["run"])


def test_a_failed_step_shows_its_words_and_the_end_of_its_log(project: SmallProject) -> None:
    before = project.run_ids()
    arguments = ("--data", "data.csv", "--parameter", "Script=none.py")
    result = project.mlops("run", "small", "--local", *arguments)
    assert result.returncode == 1
    assert "Prepare: Failed" in result.stderr
    assert "reason: AlgorithmError" in result.stdout
    assert "the end of the log of Prepare:" in result.stdout
    (run,) = project.run_ids() - before
    assert f"--resume {run}" in result.stdout
    shown = project.mlops("runs", "show", run).stdout
    assert "No such file or directory" in shown.split("the end of the log of Prepare:")[1]


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["large", "--local"], "no pipeline is called 'large'; in "),
        (["small", "--local", "--parameter", "Rows=1"], "parameter Rows: the pipeline has none"),
        (["small", "--local", "--data", "none.csv"], "none.csv"),
        (["small", "--local", "--resume", "zzz"], "there is no run 'zzz'"),
        (["small", "--data", "data.csv"], "are for runs on this machine: add --local"),
    ],
)
def test_what_cannot_start_says_so_in_one_line(
    project: SmallProject, arguments: list[str], words: str
) -> None:
    (line,) = project.refusal(*arguments).splitlines()
    assert words in line


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_an_interrupted_run_is_stopped(project: SmallProject, number: signal.Signals) -> None:
    before = project.run_ids()
    process = project.start("--parameter", "Pause=30.0")
    project.wait_until(lambda: project.run_ids() - before, "the run has begun")
    (run,) = project.run_ids() - before
    content = project.root / "build" / "runs" / run / "jobs" / "Prepare" / "ml"
    project.wait_until(content.exists, "the job has begun")
    process.send_signal(number)
    assert process.wait(10) == 130
    state = project.state(run)
    assert (state["status"], state["steps"]["Prepare"]["status"]) == ("Stopped", "Stopped")


# Where the run is when it is killed: a step that is being executed, and how far it is.
SLOW = pytest.mark.slow
MOMENTS = ["Prepare", "Train", "Enough", "Register"]


def killed_run(project: SmallProject, moment: str) -> str:
    """Kill a run at a moment; a busy machine sees the last step begin when the run has ended."""
    for _ in range(10):
        before = project.run_ids()
        process = project.start("--parameter", "Pause=0.3")
        project.wait_until(lambda before=before: project.run_ids() - before, "the run has begun")
        (run,) = project.run_ids() - before
        project.wait_until(
            lambda run=run: project.state(run)["steps"][moment]["status"] != "Waiting",
            f"{moment} has begun",
        )
        project.kill(process)
        if project.state(run)["status"] == "Executing":
            return run
    raise AssertionError(f"ten runs had ended before they were killed at {moment}")


@pytest.mark.parametrize(
    "moment",
    # The first and the last by default; test_kills strikes at random moments.
    [
        moment if moment in (MOMENTS[0], MOMENTS[-1]) else pytest.param(moment, marks=SLOW)
        for moment in MOMENTS
    ],
)
def test_a_killed_run_leaves_nothing_half_done_and_can_be_resumed(
    project: SmallProject, undisturbed: dict[str, Any], moment: str
) -> None:
    run = killed_run(project, moment)
    finished = [
        n for n, step in project.state(run)["steps"].items() if step["status"] == "Succeeded"
    ]
    assert set(MOMENTS[: MOMENTS.index(moment)]) <= set(finished)
    assert len(project.packages(run)) <= 1
    for path in (project.root / "build" / "runs" / run).glob("*.json"):
        json.loads(path.read_text())
    shown = json.loads(project.mlops("runs", "show", run, "--json").stdout)
    assert shown["status"] == "Interrupted"

    facts = project.run("--resume", run)
    assert facts["status"] == "Succeeded"
    assert model_of(project, facts) == model_of(project, undisturbed)
    attempts = {step["name"]: step["attempts"] for step in facts["steps"]}
    assert all(attempts[name] == 1 for name in finished)
    assert project.run("--resume", run)["steps"] == facts["steps"]
    assert len(project.packages(run)) == 1
