"""Definition files, cloud assemblies by their path, cached steps, and single steps."""

from __future__ import annotations

import json
import shutil
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    import subprocess
    from pathlib import Path

    from conftest import SmallProject

ASSEMBLY = "build/cloud-assembly/dev/assembly-dev"


def statuses(facts: dict[str, Any]) -> dict[str, str]:
    return {step["name"]: step["status"] for step in facts["steps"]}


def origins(facts: dict[str, Any]) -> dict[str, str | None]:
    return {step["name"]: step["reused_from"] for step in facts["steps"]}


@pytest.fixture(scope="module")
def finished(project: SmallProject) -> dict[str, Any]:
    return project.run("--template", ASSEMBLY)


@pytest.fixture(scope="module")
def plain(project: SmallProject, finished: dict[str, Any]) -> Path:
    """A definition file with cached steps, its code in a bucket of S3."""
    run = project.root / "build" / "runs" / finished["run"]
    document = json.loads((run / "definition.json").read_text())
    for step in document["Steps"]:
        if step["Type"] != "Condition":
            step["CacheConfig"] = {"Enabled": True, "ExpireAfter": "P1D"}
    path = project.root / "plain.json"
    path.write_text(json.dumps(document).replace("s3://small-data/", "s3://quite-new/"))
    return path


def ask(project: SmallProject, *arguments: str) -> dict[str, Any]:
    result = project.mlops("run", *arguments, "--local", "--json")
    assert result.stdout, result.stderr
    return json.loads(result.stdout)  # type: ignore[no-any-return]


def refusal(project: SmallProject, *arguments: str) -> str:
    before = project.run_ids()
    result: subprocess.CompletedProcess[str] = project.mlops("run", *arguments)
    assert result.returncode == 1
    assert "Traceback" not in result.stderr
    assert project.run_ids() == before
    return next(line for line in result.stderr.splitlines() if line.startswith("error: "))


def test_an_assembly_is_read_where_it_lies(project: SmallProject, finished: dict[str, Any]) -> None:
    assert finished["status"] == "Succeeded"
    template = f"{ASSEMBLY}/small.template.json"
    again = project.run("--template", template, "--parameter", "MinimumRows=41")
    assert again["failure"] == "only 40 rows, where 41 are needed"


def test_a_template_runs_by_itself_with_the_assets_beside_it(
    project: SmallProject, finished: dict[str, Any]
) -> None:
    folder = project.root / "lone"
    shutil.copytree(project.root / ASSEMBLY, folder)
    (folder / "manifest.json").unlink()
    path = "lone/small.template.json"
    facts = ask(project, path, "--data", "data.csv")
    assert statuses(facts) == statuses(finished)
    shutil.rmtree(folder / "asset.code")
    words = refusal(project, path, "--local", "--data", "data.csv")
    assert "no asset code.zip" in words
    (folder / "small.template.json").write_text('{"Resources": {}}')
    assert "contains no pipeline" in project.refusal(path, "--local")


def test_a_definition_file_gets_its_buckets_and_reuses_what_is_cached(
    project: SmallProject, plain: Path
) -> None:
    result = project.mlops("run", plain.name, "--local", "--data", "data.csv", "--json")
    assert "made bucket quite-new, which the definition names" in result.stderr
    first = json.loads(result.stdout)
    assert (first["status"], first["pipeline"]) == ("Succeeded", "plain")
    assert first["parameters"]["InputDataUrl"].startswith("s3://quite-new/raw/")

    second = ask(project, plain.name, "--data", "data.csv")
    assert statuses(second) == statuses(first)
    reused = {name: run for name, run in origins(second).items() if run}
    assert reused == {"Prepare": first["run"], "Train": first["run"]}
    assert {step["attempts"] for step in second["steps"][:2]} == {0}
    shown = project.mlops("runs", "show", second["run"]).stdout
    assert f"from cache of run {first['run']}" in " ".join(shown.split())

    (project.root / "other.csv").write_text("1,2\n2,4\n" * 20)
    other = ask(project, plain.name, "--data", "other.csv")
    assert not any(origins(other).values()), "other data are no cache hit"


def test_one_step_runs_with_the_results_of_another_run(
    project: SmallProject, finished: dict[str, Any]
) -> None:
    facts = ask(project, "small", "--only", "Train", "--resume", finished["run"])
    assert statuses(facts) == {"Prepare": "Succeeded", "Train": "Succeeded"}
    assert origins(facts) == {"Prepare": finished["run"], "Train": None}
    assert facts["parameters"] == finished["parameters"]
    latest = ask(project, "small", "--only", "Enough", "--parameter", "MinimumRows=12")
    assert statuses(latest)["Enough"] == "Succeeded"
    assert latest["parameters"]["MinimumRows"] == 12


def test_a_failed_step_says_how_to_run_it_alone(project: SmallProject) -> None:
    before = project.run_ids()
    arguments = ("--data", "data.csv", "--parameter", "Script=none.py")
    result = project.mlops("run", "small", "--local", *arguments)
    (run,) = project.run_ids() - before
    command = f"run small --local --resume {run} --only Prepare"
    assert f"mlops {command}" in result.stdout
    again = project.mlops(*command.split(), "--parameter", "Script=prepare.py")
    assert again.returncode == 0, again.stderr


@pytest.mark.slow
def test_runs_with_different_data_at_the_same_time(project: SmallProject) -> None:
    before = project.run_ids()
    (project.root / "few.csv").write_text("1,2\n" * 11)
    other = project.start("--parameter", "Pause=0.5")
    facts = ask(project, "small", "--data", "few.csv", "--parameter", "Pause=0.5")
    assert other.wait(60) == 0
    found = {}
    for run in project.run_ids() - before:
        (package,) = project.packages(run)
        found[run] = package["CustomerMetadataProperties"]["Rows"]
    assert found.pop(facts["run"]) == "11"
    assert list(found.values()) == ["40"]


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["none.json", "--local"], "none.json: there is no such file"),
        (["cdk.txt.json", "--local"], "cannot be read as JSON"),
        (["holes.json", "--local"], "has placeholders that only a deployment binds: ${Data}"),
        (["small", "--local", "--template", "elsewhere"], "--template elsewhere: does not exist"),
        (["small", "--local", "--template", "data.csv"], "is neither a cloud assembly"),
        (["holes.json", "--local", "--template", "."], "leave one of them out"),
        (["small", "--local", "--only", "Tea"], "no such step, but Prepare, Train, Enough"),
        (
            ["small", "--local", "--only", "Train", "--data", "data.csv"],
            "leave --data and --table out",
        ),
        (["small", "--only", "Train"], "are for runs on this machine"),
    ],
)
def test_what_cannot_start_says_so(project: SmallProject, arguments: list[str], words: str) -> None:
    (project.root / "cdk.txt.json").write_text("{")
    (project.root / "holes.json").write_text('{"Steps": ["${Data}", "${Data}"]}')
    assert words in project.refusal(*arguments)


@pytest.mark.usefixtures("finished")
def test_a_run_without_what_a_step_needs_is_named(project: SmallProject) -> None:
    runs = project.root / "build" / "runs"
    shutil.move(runs, runs.with_name("put-away"))
    try:
        words = project.refusal("small", "--local", "--only", "Train")
    finally:
        shutil.rmtree(runs, ignore_errors=True)
        shutil.move(runs.with_name("put-away"), runs)
    assert "no run of small has results of Prepare" in words
