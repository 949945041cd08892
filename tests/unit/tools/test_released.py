"""Snapshots of released templates: what is in them, and that they are the same bytes again."""

from __future__ import annotations

import importlib.util
import io
import json
import tarfile
from typing import TYPE_CHECKING

from tests.synthesis import PROJECT

if TYPE_CHECKING:
    from pathlib import Path
    from types import ModuleType


def _tool() -> ModuleType:
    spec = importlib.util.spec_from_file_location("released", PROJECT / "tools" / "released.py")
    assert spec
    assert spec.loader
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def test_it_holds_what_a_deployment_reads(tmp_path: Path) -> None:
    stack = {"type": "aws:cloudformation:stack", "additionalMetadataFile": "a.metadata.json"}
    artifacts = {"a": stack, "Tree": {"type": "cdk:tree"}}
    (tmp_path / "stage").mkdir()
    (tmp_path / "manifest.json").write_text(json.dumps({"version": "1", "artifacts": artifacts}))
    (tmp_path / "tree.json").write_text("{}")
    for name in ("a.template.json", "a.assets.json", "a.metadata.json"):
        (tmp_path / "stage" / name).write_text("{}")
    pack = _tool().pack
    with tarfile.open(fileobj=io.BytesIO(pack(tmp_path))) as packed:
        names = packed.getnames()
        manifest = packed.extractfile("manifest.json")
        assert manifest
        content = json.load(manifest)
    assert names == ["manifest.json", "stage/a.assets.json", "stage/a.template.json"]
    assert content["artifacts"] == {"a": {"type": "aws:cloudformation:stack"}}
    assert pack(tmp_path) == pack(tmp_path)
