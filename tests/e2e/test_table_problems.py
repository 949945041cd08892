"""Problems of a table as a person would have them, from their rows to late truths.

The rows are those of the palmerpenguins package: 344 penguins with missing values, dates and
categories, some of which have commas.
"""

from __future__ import annotations

import json
import shutil
from typing import TYPE_CHECKING

import pytest

from tests.e2e.conftest import copy_tree
from tests.synthesis import PROJECT

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    import pandas as pd

    from tests.e2e.conftest import Tree

LIGHTGBM = (
    "lightgbm==4.6.0"
    " --hash=sha256:cb19b5afea55b5b61cbb2131095f50538bd608a00655f23ad5d25ae3e3bf1c8d\n"
)
PROBLEMS = {
    "body-mass": ("Body Mass (g)", 0.8),
    "clutch": ("Clutch Completion", -0.1),  # seven of its 72 test rows: chance decides
    "species": ("Species", 0.85),
}


@pytest.fixture(scope="module")
def penguins() -> pd.DataFrame:
    import palmerpenguins

    rows = palmerpenguins.load_penguins_raw().astype(object)
    rows.insert(0, "Penguin", [f"p{number}" for number in range(len(rows))])
    return rows


@pytest.fixture(scope="module")
def tree(tmp_path_factory: pytest.TempPathFactory, penguins: pd.DataFrame) -> Iterator[Tree]:
    tree = copy_tree(tmp_path_factory.mktemp("problems") / "project")
    folder = tree.root / "pipeline_definitions"
    shutil.copytree(PROJECT / "tests" / "e2e" / "problems", folder, dirs_exist_ok=True)
    write(tree.root / "rows.csv", penguins)
    yield tree
    tree.run("mlops", "local", "stop")


def write(path: Path, rows: pd.DataFrame) -> None:
    rows.to_csv(path, index=False, na_rep="NA")


def run(tree: Tree, pipeline: str, data: str, *more: str) -> str:
    done = tree.run("mlops", "run", pipeline, "--local", "--data", data, *more)
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


@pytest.mark.slow
@pytest.mark.timeout(1200)
@pytest.mark.parametrize("problem", PROBLEMS)
def test_a_problem_from_training_to_late_truths(
    problem: str, tree: Tree, penguins: pd.DataFrame
) -> None:
    target, least_skill = PROBLEMS[problem]
    least = ("--parameter", f"LeastSkill={least_skill}")
    said = run(tree, problem, "rows.csv", *least)
    assert "344 rows in" in said
    runs = tree.facts("mlops", "runs", "list")
    (trained,) = (each["run"] for each in runs if each["pipeline"] == problem)
    state = json.loads((tree.root / "build" / "runs" / trained / "state.json").read_text())
    baselines = state["steps"]["RegisterModel"]["properties"]["DriftCheckBaselines"]
    assert (problem == "clutch") == ("Bias" in baselines), "of the one that asks for it"
    approved = tree.run(
        *("mlops", "models", "approve", "1", "--local", "--group", problem, "--reason", "first")
    )
    assert approved.returncode == 0, approved.stderr
    # The same rows again: no better, and not worse beyond chance either.
    run(tree, problem, "rows.csv", *least, "--parameter", "Seed=7")

    batch = penguins.iloc[::5].drop(columns=target)
    write(tree.root / "batch.csv", batch)
    said = run(tree, f"{problem}-batch", "batch.csv")
    assert "69 rows in, 69 scored, 0 set aside, 0 violations" in said
    drifted = batch.assign(**{"Flipper Length (mm)": 290})
    write(tree.root / "drifted.csv", drifted.assign(Penguin=drifted["Penguin"] + "-again"))
    said = run(tree, f"{problem}-batch", "drifted.csv")
    assert "69 scored, 0 set aside" in said
    assert ", 0 violations" not in said

    write(tree.root / "truth.csv", penguins[["Penguin", target]])
    said = run(tree, f"{problem}-quality", "truth.csv")
    assert "69 of 344 truths belong to a prediction" in said


@pytest.mark.slow
@pytest.mark.timeout(1200)
def test_a_package_comes_by_one_line(tree: Tree) -> None:
    problem = tree.root / "pipeline_definitions" / "species" / "problem"
    (problem / "packages.txt").write_text(LIGHTGBM)
    pipeline = problem.parent / "pipeline.py"
    pipeline.write_text(pipeline.read_text().replace('"linear"', '"lightgbm"'))
    run(tree, "species", "rows.csv", "--parameter", "LeastSkill=0.8")
    newest = tree.facts("mlops", "models", "list", "--local", "--group", "species")[-1]
    words = ("approve", str(newest["version"]), "--local", "--group", "species", "--reason", "it")
    assert tree.run("mlops", "models", *words).returncode == 0
    said = run(tree, "species-batch", "rows.csv")
    assert "344 rows in, 344 scored" in said
