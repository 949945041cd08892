"""Write what CloudFormation has below properties that are reviewed whole; --check names the new.

Before it writes, somebody looks at each new property: one that lets in, sends, routes or runs gets
a place of its own in the tables beside (`packages/promises/world/reviewed_types/*.yaml`).
"""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

import generated
from cloud_assembly.type_schemas import type_schema
from promises.world.type_reviews import reviews

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from promises.world.type_reviews import Tree

PROJECT = Path(__file__).resolve().parents[1]
TABLE = PROJECT / "packages" / "promises" / "world" / "reviewed_types" / "below.json"
_REGION = "us-east-1"
_SHOWN = 20


def table() -> dict[str, dict[str, Tree]]:
    """Read from the schemas what is below the paths that are reviewed whole, by type."""
    every = {kind: _of_type(kind) for kind in sorted(reviews())}
    return {kind: paths for kind, paths in every.items() if paths}


def _of_type(kind: str) -> dict[str, Tree]:
    schema = type_schema(kind, _REGION) or {}
    trees = tree(schema, schema)
    whole = {".".join(path): _at(trees, path) for path in sorted(reviews()[kind].reviewed())}
    return {path: below for path, below in whole.items() if below}


def _at(trees: Tree, path: tuple[str, ...]) -> Tree:
    for name in path:
        trees = trees.get(name, {})
    return trees


def tree(schema: Mapping[str, Any], node: Mapping[str, Any], *seen: str) -> Tree:
    """Read the properties of an object or of a list's objects; inside itself a type has none."""
    name = str(node.get("$ref", ""))
    if name in seen or "patternProperties" in node:
        return {}
    if name:
        target: Any = schema
        for part in name.removeprefix("#/").split("/"):
            target = target[part]
        return tree(schema, target, *seen, name)
    inner = [each for word in ("oneOf", "anyOf", "allOf") for each in node.get(word, ())]
    found: dict[str, Tree] = {}
    for each in (*inner, *([node["items"]] if "items" in node else [])):
        found |= tree(schema, each, *seen)
    own = node.get("properties", {}).items()
    return {**found, **{name: tree(schema, each, *seen) for name, each in own}}


def names(paths: Mapping[str, Tree], at: str = "") -> Iterator[str]:
    """Yield all properties, as dotted paths."""
    for name, below in paths.items():
        yield f"{at}{name}"
        yield from names(below, f"{at}{name}.")


def main() -> int:
    """Write the table, or report that it is out of date."""
    fresh = table()
    lines = (
        f"{json.dumps(kind)}:{json.dumps(paths, separators=(',', ':'), sort_keys=True)}"
        for kind, paths in fresh.items()
    )
    known = set(names(json.loads(TABLE.read_text(encoding="utf-8"))))
    new = [each for each in names(fresh) if each not in known]
    more = f" and {len(new) - _SHOWN} more" if len(new) > _SHOWN else ""
    stale = (
        f"{TABLE.name} is out of date. Look at each new property, and give a place of its own "
        f"to what lets in, sends, routes or runs: {', '.join(new[:_SHOWN]) or 'none'}{more}. "
        "Then run: python tools/reviewed_below.py"
    )
    return generated.write(TABLE, "{\n" + ",\n".join(lines) + "\n}\n", stale)


if __name__ == "__main__":
    sys.exit(main())
