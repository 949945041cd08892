"""A module that is named in a string is an import like any other: it obeys the same contracts."""

from __future__ import annotations

import ast
import re
from copy import deepcopy
from typing import TYPE_CHECKING

import grimp
import pytest
from importlinter.api import read_configuration
from importlinter.contracts.forbidden import ForbiddenContract
from importlinter.contracts.layers import LayersContract

from tests.synthesis import PROJECT

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

CONFIGURATION = read_configuration(str(PROJECT / "pyproject.toml"))
ROOTS = CONFIGURATION["session_options"]["root_packages"]
NAME = re.compile(rf"(?<![\w./-])(?:{'|'.join(ROOTS)})(?:\.\w+)+\b")
# Not the one on circles inside a package: a client may start the server that it talks to.
KINDS = {"layers": LayersContract, "forbidden": ForbiddenContract}
# A program that the app of another revision is run with: its modules are not of this tree.
OF_ANOTHER_TREE = "mlops.review.snapshots"


@pytest.fixture(scope="module")
def graph() -> grimp.ImportGraph:
    return grimp.build_graph(*ROOTS, include_external_packages=True, cache_dir=None)


def file_of(module: str) -> Path:
    for place in (PROJECT, PROJECT / "packages", PROJECT / "constructs"):
        path = place.joinpath(*module.split("."))
        for file in (path.with_suffix(".py"), path / "__init__.py"):
            if file.is_file():
                return file
    raise AssertionError(module)


def named_in(tree: ast.AST) -> Iterator[str]:
    """Yield what strings name, those of documentation apart."""
    documentation = {
        id(node.body[0].value)
        for node in ast.walk(tree)
        if isinstance(node, ast.Module | ast.ClassDef | ast.FunctionDef | ast.AsyncFunctionDef)
        and node.body
        and isinstance(node.body[0], ast.Expr)
    }
    for node in ast.walk(tree):
        if isinstance(node, ast.Constant) and id(node) not in documentation:
            yield from NAME.findall(str(node.value))


def hidden_imports(graph: grimp.ImportGraph, sources: dict[str, str]) -> set[tuple[str, str]]:
    found = set()
    for module, text in sources.items():
        for name in named_in(ast.parse(text)):
            parts = name.split(".")
            known = (".".join(parts[:end]) for end in range(len(parts), 0, -1))
            target = next((each for each in known if each in graph.modules), None)
            if target is not None and target.count(".") and target != module:
                found.add((module, target))
    return found


def broken(graph: grimp.ImportGraph, hidden: set[tuple[str, str]]) -> list[str]:
    for importer, imported in hidden:
        if not graph.direct_import_exists(importer=importer, imported=imported):
            graph.add_import(importer=importer, imported=imported)
    return [
        options["name"]
        for options in CONFIGURATION["contracts_options"]
        if options["type"] in KINDS
        and not KINDS[options["type"]](options["name"], CONFIGURATION["session_options"], options)
        .check(deepcopy(graph), verbose=False)
        .kept
    ]


def test_modules_named_in_strings_obey_the_contracts(graph: grimp.ImportGraph) -> None:
    ours = (module for module in graph.modules if module.split(".")[0] in ROOTS)
    ours = (module for module in ours if module != OF_ANOTHER_TREE)
    hidden = hidden_imports(graph, {module: file_of(module).read_text() for module in ours})
    programs = {name for _, name in hidden}
    assert {"pipeline_local.local_aws.server", "pipeline_local.monitor.analyzer"} <= programs
    assert broken(graph, hidden) == []


@pytest.mark.parametrize(
    "text",
    [
        'command = [sys.executable, "-m", "pipeline_local.local_aws.server"]',
        'import_module("pipeline_local.report")',
        'code = f"from pipeline_local.local_aws.server import {name}"',
    ],
)
def test_an_arrow_upward_in_a_string_is_found(graph: grimp.ImportGraph, text: str) -> None:
    hidden = hidden_imports(graph, {"pipeline_local.jobs.images": text})
    (edge,) = hidden
    assert broken(graph, hidden) == [
        "Imports run one way through the runner, with the server above the runs that it starts"
    ]
    graph.remove_import(importer=edge[0], imported=edge[1])
