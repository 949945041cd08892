"""Which changes make CloudFormation replace a resource: what its registry says of each type.

The schemas of the CloudFormation registry come with cfn-lint, which is pinned. They are read as
files: importing cfn-lint itself takes seconds.
"""

from __future__ import annotations

import importlib.util
import json
import re
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

from mlops.errors import MlopsError

if TYPE_CHECKING:
    from collections.abc import Iterable

# In a region that cfn-lint does not know, types are as in the one that has all.
_FALLBACK = "us-east-1"
# Types that the registry does not describe well: custom resources decide for themselves.
_NEVER = re.compile(r"Custom::|AWS::CloudFormation::CustomResource")


def replaces(kind: str, region: str, paths: Iterable[str]) -> tuple[list[str], list[str]]:
    """Tell which of the changed properties make a resource be replaced.

    Parameters
    ----------
    kind, region : str
        CloudFormation type, and where.
    paths : iterable of str
        Changed properties, parts separated by dots.

    Returns
    -------
    tuple of (list of str, list of str)
        Those that surely do (`createOnlyProperties`), and those that may
        (`conditionalCreateOnlyProperties`).
    """
    if _NEVER.match(kind):
        return [], []
    schema = _schema(kind, region)
    sure = [_pattern(each) for each in schema.get("createOnlyProperties", ())]
    perhaps = [_pattern(each) for each in schema.get("conditionalCreateOnlyProperties", ())]
    changed = list(paths)
    certain = [path for path in changed if any(each.match(path) for each in sure)]
    possible = [
        path
        for path in changed
        if path not in certain and any(each.match(path) for each in perhaps)
    ]
    return certain, possible


def _pattern(pointer: str) -> re.Pattern[str]:
    """Make a pattern of a path like ``/properties/Rules/*/Name``; what lies below counts too."""
    parts = pointer.removeprefix("/properties/").split("/")
    inner = r"\.".join("[^.]+" if each == "*" else re.escape(each) for each in parts)
    return re.compile(rf"{inner}(\.|$)")


@cache
def _schema(kind: str, region: str) -> dict[str, Any]:
    for name in (region, _FALLBACK):
        digest = _provider(name).get(kind)
        if digest:
            path = _folder() / "resources" / f"{digest}.json"
            schema: dict[str, Any] = json.loads(path.read_text())
            return schema
    return {}


@cache
def _provider(region: str) -> dict[str, str]:
    path = _folder() / "providers" / f"{region}.json"
    return dict(json.loads(path.read_text())) if path.is_file() else {}


@cache
def _folder() -> Path:
    found = importlib.util.find_spec("cfnlint")
    folder = Path(found.origin).parent / "data" / "schemas" if found and found.origin else None
    if folder is None or not (folder / "providers").is_dir():
        raise MlopsError("cfn-lint's schemas are not installed; run: make setup")
    return folder
