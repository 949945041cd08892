"""Draw the packages and their imports into docs/architecture.md; --check only compares."""

from __future__ import annotations

import ast
import re
import sys
import tomllib
from graphlib import TopologicalSorter
from pathlib import Path

import generated

PROJECT = Path(__file__).resolve().parents[1]
PAGE = PROJECT / "docs" / "architecture.md"
ROOT = "app.py"
_DRAWING = re.compile(r"```mermaid\n.*?```\n", re.DOTALL)


def imports() -> dict[str, set[str]]:
    """Read from the code which top-level packages each package and the composition root import."""
    import grimp

    settings = tomllib.loads((PROJECT / "pyproject.toml").read_text(encoding="utf-8"))
    packages = settings["tool"]["importlinter"]["root_packages"]
    graph = grimp.build_graph(*packages, cache_dir=None)
    arrows: dict[str, set[str]] = {package: set() for package in packages}
    for module in graph.modules:
        package = module.partition(".")[0]
        for imported in graph.find_modules_directly_imported_by(module):
            arrows[package].add(imported.partition(".")[0])
        arrows[package].discard(package)
    tree = ast.parse((PROJECT / ROOT).read_text(encoding="utf-8"))
    modules = [str(node.module) for node in ast.walk(tree) if isinstance(node, ast.ImportFrom)]
    arrows[ROOT] = {module.partition(".")[0] for module in modules} & set(packages)
    return arrows


def reduced(arrows: dict[str, set[str]]) -> dict[str, set[str]]:
    """Remove each arrow that a longer path implies; a cycle raises `graphlib.CycleError`."""
    below: dict[str, set[str]] = {}
    for package in TopologicalSorter(arrows).static_order():
        below[package] = set().union(*({each} | below[each] for each in arrows[package]))
    return {
        package: {each for each in others if not any(each in below[other] for other in others)}
        for package, others in arrows.items()
    }


def drawing(arrows: dict[str, set[str]]) -> str:
    """Render a Mermaid flow chart, importers above what they import."""
    lines = [
        f"    {package} --> {other}"
        for package, others in sorted(reduced(arrows).items())
        for other in sorted(others)
    ]
    return "\n".join(["```mermaid", "flowchart TD", *lines, "```", ""])


def main() -> int:
    """Write the drawing, or report that the page is out of date."""
    page = PAGE.read_text(encoding="utf-8")
    fresh = _DRAWING.sub(lambda _: drawing(imports()), page, count=1)
    stale = f"docs/{PAGE.name}: the drawing is out of date; run: make format"
    return generated.write(PAGE, fresh, stale)


if __name__ == "__main__":
    sys.exit(main())
