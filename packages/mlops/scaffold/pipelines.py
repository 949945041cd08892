"""The files of a table's problem, made for a file of rows."""

from __future__ import annotations

import json
import keyword
import os
import subprocess
import sys
import tempfile
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import yaml

from mlops_common.errors import MlopsError
from mlops_contract.data_places import LONGEST_DATASET, is_dataset

if TYPE_CHECKING:
    from pipeline_definitions.model_project import ModelProjects

# Below, trees learn the noise of few rows; docs/tabular.md has what was measured.
_ROWS_FOR_TREES = 2_000
_PROPOSE = Path("processing_code", "tabular", "job.py")
_HEAD = """\
# Proposed from {file}, {rows} rows: look through it. What is known only after the fact does not
# belong among the columns, nor does a number that is a name. least and most are limits beyond which
# a row is set aside. docs/tabular.md says what may stand here.
"""
_TRAINING = '''"""Predict {target}."""

from pathlib import Path

from pipeline_definitions.tabular import Problem, project, training

PROBLEM = Problem(
    "{name}",
    Path(__file__).parent / "problem",
    estimator="{estimator}",
)
PROJECT = project(PROBLEM)


def get_pipeline(environment):
    return training(environment, PROBLEM)
'''
_OTHER = '''"""{title}."""

from pipeline_definitions.{module}.pipeline import PROBLEM
from pipeline_definitions.tabular import {part}


def get_pipeline(environment):
    return {part}(environment, PROBLEM)
'''


@dataclass(frozen=True)
class Proposal:
    """What was written: the files, the schema's place, and what a person should know."""

    files: tuple[Path, ...]
    schema: dict[str, Any]
    rows: int
    notes: tuple[str, ...]


def write_pipelines(
    root: Path, name: str, data: Path, target: str = "", others: ModelProjects | None = None
) -> Proposal:
    """Propose a schema for a file, and write the pipelines that go with it; overwrite nothing.

    `others` are the model projects that there are, which share neither data nor models with it.
    """
    if not is_dataset(name):
        raise MlopsError(
            f"{name!r}: is no name of a pipeline: small letters, digits and hyphens, such as churn,"
            f" {LONGEST_DATASET} characters at most"
        )
    module = name.replace("-", "_")
    if keyword.iskeyword(module):
        raise MlopsError(f"{name!r}: is a word of Python, which a module cannot be called: add one")
    folder = root / "pipeline_definitions"
    beside = {f"{module}_{part}.py": part for part in ("batch", "quality")}
    taken = [each for each in (module, f"{module}.py", *beside) if (folder / each).exists()]
    if taken:
        raise MlopsError(f"pipeline_definitions/{taken[0]} exists: choose another name")
    for project in others.all if others else ():
        if name in {project.data_set, project.model_package_group}:
            raise MlopsError(
                f"{name!r}: is the data set or the models of {project.training}: choose another"
                " name"
            )
    found = _propose(root, data, target)
    schema, rows = found["schema"], int(found["rows"])
    estimator = "hist_gradient_boosting" if rows >= _ROWS_FOR_TREES else "linear"
    notes = (*found["notes"], f"the estimator is {estimator}, for {rows} rows")
    titles = {"batch": f"Predict {schema['target']} of delivered rows"}
    titles["quality"] = f"Compare {schema['target']}, known later, with what was predicted"
    texts = {
        Path(module, "problem", "schema.yaml"): _schema_text(found, data.name),
        Path(module, "pipeline.py"): _TRAINING.format(
            target=schema["target"], name=name, estimator=estimator
        ),
        **{
            Path(file): _OTHER.format(title=titles[part], module=module, part=part)
            for file, part in beside.items()
        },
    }
    _write(folder, texts)
    files = tuple(folder / path for path in texts)
    return Proposal(files, schema, rows, notes)


def _propose(root: Path, data: Path, target: str) -> dict[str, Any]:
    """Have the jobs' own reader look at the file."""
    command = [sys.executable, str(root / _PROPOSE), "propose", str(data), "--target", target]
    with tempfile.TemporaryDirectory(prefix="propose-") as scratch:
        variables = {**os.environ, "ML_ROOT": scratch}
        done = subprocess.run(command, env=variables, capture_output=True, text=True, check=False)
    if done.returncode:
        last = (done.stderr.strip().splitlines() or ["it said nothing"])[-1]
        raise MlopsError(last.removeprefix("error: "))
    found: dict[str, Any] = json.loads(done.stdout)
    return found


def _schema_text(found: dict[str, Any], file: str) -> str:
    shown = "".join(each if each.isprintable() else "?" for each in file)
    lines = [_HEAD.format(file=shown, rows=found["rows"])]
    lines += [f"# {note}\n" for note in found["notes"]]
    columns = found["schema"].pop("columns")
    lines.append(yaml.safe_dump(found["schema"], sort_keys=False, allow_unicode=True))
    lines.append("columns:\n")
    for name, column in columns.items():
        lines.append(f"  {_flow([name])}: {_flow(column)}\n")
    found["schema"]["columns"] = columns
    return "".join(lines)


def _flow(found: Any) -> str:
    """Write a value in one line; of a list, its items alone."""
    text = yaml.safe_dump(
        found, sort_keys=False, allow_unicode=True, default_flow_style=True, width=1_000_000
    ).strip()
    return text[1:-1] if isinstance(found, list) else text


def _write(folder: Path, texts: dict[Path, str]) -> None:
    """Write all files beside, then move them: all are there or none."""
    with tempfile.TemporaryDirectory(prefix=".new-", dir=folder) as beside:
        for path, text in texts.items():
            file = Path(beside) / path
            file.parent.mkdir(parents=True, exist_ok=True)
            file.write_text(text, encoding="utf-8")
        for top in dict.fromkeys(path.parts[0] for path in texts):
            (Path(beside) / top).rename(folder / top)
