"""What no linter holds: sizes of files and functions."""

from __future__ import annotations

import ast
import subprocess
from pathlib import Path

PROJECT = Path(__file__).parents[2]
MOST_LINES = 300
MOST_LINES_OF_A_BODY = 80
# Where the example may be named: it itself, its data, what explains and tries the platform with it.
NAMES_THE_EXAMPLE = (
    *("processing_code/", "pipeline_definitions/training.py"),
    *("pipeline_definitions/batch_inference.py", "pipeline_definitions/model_quality.py"),
    *("dataset/", "packages/mlops/data/", "packages/mlops/command_line/data.py", ".ci/run"),
    *("docs/", "README.md", "CHANGELOG.md", "tests/", "benchmarks/", "pyproject.toml"),
)
EXAMPLE = "abalone"


def _sources() -> list[Path]:
    command = ["git", "ls-files", "--cached", "--others", "--exclude-standard", "*.py"]
    listed = subprocess.run(command, cwd=PROJECT, capture_output=True, text=True, check=True)
    return [PROJECT / name for name in listed.stdout.split() if (PROJECT / name).is_file()]


def test_only_the_example_names_the_example() -> None:
    command = ["git", "grep", "-z", "--untracked", "-I", "-i", "-l", "-e", EXAMPLE]
    listed = subprocess.run(command, cwd=PROJECT, capture_output=True, text=True, check=True)
    found = [name for name in listed.stdout.split("\0") if name]
    assert [name for name in found if not name.startswith(NAMES_THE_EXAMPLE)] == []


def long_functions(source: str) -> list[str]:
    """Name the functions whose bodies, without the docstring, are too long."""
    return [
        node.name
        for node in ast.walk(ast.parse(source))
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)
        and (body := node.body[ast.get_docstring(node) is not None :])
        and (body[-1].end_lineno or 0) - body[0].lineno >= MOST_LINES_OF_A_BODY
    ]


def test_no_file_is_too_long() -> None:
    lines = {path: len(path.read_text().splitlines()) for path in _sources()}
    assert {str(path): n for path, n in lines.items() if n > MOST_LINES} == {}


def test_no_function_body_is_too_long() -> None:
    found = {path: long_functions(path.read_text()) for path in _sources()}
    assert {str(path): names for path, names in found.items() if names} == {}


def test_a_long_function_is_found() -> None:
    body = "\n".join("    x = 1" for _ in range(81))
    assert long_functions(f"def f():\n{body}\n") == ["f"]
    assert long_functions(f'def f():\n    """Say."""\n{body[10:]}\n') == []
