"""Schemas of the CloudFormation registry, read as data from the files of `cfn-lint`."""

from __future__ import annotations

import json
from functools import cache
from importlib.util import find_spec
from pathlib import Path
from typing import Any

from mlops_common.errors import MlopsError


@cache
def type_schema(kind: str, region: str) -> dict[str, Any] | None:
    """Read the schema of a CloudFormation type."""
    name = _provider("sam" if kind.startswith("AWS::Serverless::") else region).get(kind)
    if name is None:
        return None
    return _read(f"resources/{name}.json")


def knows_region(region: str) -> bool:
    """Return whether there are schemas for a region."""
    return (linter_folder() / "data" / "schemas" / "providers" / f"{region}.json").is_file()


def linter_folder() -> Path:
    """Return the folder of the linter's package, without importing it."""
    spec = find_spec("cfnlint")
    if spec is None or not spec.submodule_search_locations:
        raise MlopsError("package cfn-lint is not installed")
    return Path(spec.submodule_search_locations[0])


@cache
def _provider(region: str) -> dict[str, str]:
    try:
        return _read(f"providers/{region}.json")
    except FileNotFoundError:
        raise MlopsError(f"{region}: cfn-lint has no schemas of resources for it") from None


def _read(name: str) -> dict[str, Any]:
    file = linter_folder() / "data" / "schemas" / name
    content: dict[str, Any] = json.loads(file.read_text(encoding="utf-8"))
    return content
