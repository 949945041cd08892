"""`docs/upgrade.md` sends people to modules that exist, and what 0.1 taught still works."""

from __future__ import annotations

import ast
import re
from importlib import import_module
from importlib.util import find_spec
from itertools import chain
from typing import TYPE_CHECKING

import pytest

from tests.synthesis import PROJECT

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

PAGE = PROJECT / "docs" / "upgrade.md"
MACHINERY = "pipeline_definitions"
SAME_NAMES = "by the same names"
# What docs/customise.md and examples/ of version 0.1 import or use.
TAUGHT = {
    f"{MACHINERY}.environment": {"PipelineEnvironment"},
    f"{MACHINERY}.inference": {"lambda_step", "model_step", "transform_step"},
    f"{MACHINERY}.jobs": {
        *("KEEP_COMPARISONS_FOR", "SCIKIT_LEARN_IMAGE", "XGBOOST_IMAGE"),
        *("Compute", "JobInput", "baseline_prefix", "run_prefix"),
    },
    f"{MACHINERY}.quality": {"DATA", "baseline_step", "binary", "check_step", "regression"},
    f"{MACHINERY}.queries": {"ROLE", "query_input"},
    f"{MACHINERY}.registration": {"register_model_step"},
    f"{MACHINERY}.sdk": {
        *("ConditionGreaterThanOrEqualTo", "ConditionLessThanOrEqualTo", "ConditionStep"),
        *("ExecutionVariables", "FailStep", "Join", "JsonGet", "ParameterBoolean"),
        *("ParameterFloat", "ParameterString", "Pipeline", "PropertyFile", "offline_session"),
    },
    f"{MACHINERY}.steps": {"processing_step", "training_step"},
}


def modules_named(cell: str) -> list[str]:
    """List the modules of a table's cell, those in braces one by one."""
    found = []
    for name in re.findall(r"`([^`]+)`", cell):
        head, _, rest = name.partition("{")
        found += [head + each for each in rest.rstrip("}").split(",")] if rest else [name]
    return found


def new_names(before: str, now: str) -> list[str]:
    """List the modules of the second cell, of a package with the last names of the first."""
    modules = modules_named(now)
    if not now.endswith(SAME_NAMES):
        return modules
    (package,) = modules
    return [f"{package}.{each.rpartition('.')[2]}" for each in modules_named(before)]


def uses_of_machinery(file: Path) -> Iterator[tuple[str, str]]:
    """Yield module and name of what a pipeline imports from the machinery, or takes of a module."""
    tree = ast.parse(file.read_text())
    modules = set()
    for node in ast.walk(tree):
        if isinstance(node, ast.ImportFrom) and (node.module or "").startswith(MACHINERY):
            if node.module == MACHINERY:
                modules |= {each.name for each in node.names}
            else:
                yield from ((str(node.module), each.name) for each in node.names)
    for node in ast.walk(tree):
        if isinstance(node, ast.Attribute) and getattr(node.value, "id", None) in modules:
            yield f"{MACHINERY}.{getattr(node.value, 'id', '')}", node.attr


ROWS = re.findall(r"^\| (`.*) \| (`.*) \|$", PAGE.read_text(), re.MULTILINE)
NOW = sorted(set(chain.from_iterable(new_names(*row) for row in ROWS)))
BEFORE = sorted(set(chain.from_iterable(modules_named(before) for before, _ in ROWS)))


@pytest.mark.parametrize("module", NOW)
def test_new_names_exist(module: str) -> None:
    assert find_spec(module) is not None


def test_old_names_do_not() -> None:
    gone = [each for each in BEFORE if each.split(".")[:2] != ["mlops", "review"]]
    assert len(gone) > 30
    for module in gone:
        parts = module.split(".")
        files = [PROJECT.joinpath(*place, *parts) for place in ((), ("packages",))]
        assert not any(file.with_suffix(".py").exists() for file in files), module
        assert not any((file / "__init__.py").exists() for file in files), module


@pytest.mark.parametrize("module", TAUGHT)
def test_what_was_taught_is_where_it_was(module: str) -> None:
    assert [name for name in TAUGHT[module] if not hasattr(import_module(module), name)] == []


def test_what_the_examples_use_exists() -> None:
    files = sorted((PROJECT / "examples").glob("*/pipeline.py"))
    used = {each for file in files for each in uses_of_machinery(file)}
    assert (f"{MACHINERY}.sdk", "PropertyFile") in used
    missing = [
        f"{module}.{name}" for module, name in used if not hasattr(import_module(module), name)
    ]
    assert missing == []
