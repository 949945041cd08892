"""Changed files of a pipeline's code, found in the assets that the deployment copies."""

from __future__ import annotations

import hashlib
import zipfile
from typing import TYPE_CHECKING, Any

from cloud_assembly import deliveries
from cloud_assembly.intrinsics import Resolver
from mlops.review.findings import Finding, listed
from mlops_common.errors import MlopsError

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from cloud_assembly.stack import Stack


def delivered_files(stacks: Sequence[Stack], digest: str) -> dict[str, str]:
    """Return SHA-256 by path of the files delivered under a content hash, if they are at hand."""
    resolver = Resolver(stacks)
    found: dict[str, str] = {}
    for stack in stacks:
        try:
            for delivery in deliveries.deliveries_of(stack, resolver):
                if digest in delivery.prefix and delivery.source.exists():
                    found |= _files(delivery.source)
        except MlopsError:
            continue  # an assembly without its assets says less
    return found


def function_findings(before: Sequence[Stack], after: Sequence[Stack]) -> tuple[Finding, ...]:
    """Return the functions whose code changed."""
    old, new = (
        {
            (stack.name, key): (_asset(stack, body), body)
            for stack in side
            for key, body in stack.resources_of_type("AWS::Lambda::Function")
        }
        for side in (before, after)
    )
    found = []
    for place, (path, body) in new.items():
        known = old.get(place)
        if known is None or known[1]["Properties"].get("Code") == body["Properties"].get("Code"):
            continue
        sides = [_files(each) if each and each.exists() else {} for each in (known[0], path)]
        files = sorted(n for n in {*sides[0], *sides[1]} if sides[0].get(n) != sides[1].get(n))
        which = f": {listed([f'`{each}`' for each in files], 5)}" if files else ""
        name = body["Properties"].get("FunctionName", place[1])
        text = f"changed: the code of function `{name}`{which}"
        facts = {"change": "code", "stack": place[0], "logical_id": place[1], "files": files}
        found.append(Finding(text, facts=facts))
    return tuple(found)


def _asset(stack: Stack, body: dict[str, Any]) -> Path | None:
    key = body["Properties"].get("Code", {}).get("S3Key")
    return stack.assets.get(key) if isinstance(key, str) else None


def _files(source: Path) -> dict[str, str]:
    if source.is_dir():
        return {
            str(path.relative_to(source)): hashlib.sha256(path.read_bytes()).hexdigest()
            for path in sorted(source.rglob("*"))
            if path.is_file()
        }
    if zipfile.is_zipfile(source):
        with zipfile.ZipFile(source) as archive:
            return {
                name: hashlib.sha256(archive.read(name)).hexdigest()
                for name in archive.namelist()
                if not name.endswith("/")
            }
    return {source.name: hashlib.sha256(source.read_bytes()).hexdigest()}
