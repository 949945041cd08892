"""What CloudFormation has below properties that are reviewed whole is what somebody looked at."""

from __future__ import annotations

import copy
import subprocess
import sys
from importlib.util import module_from_spec, spec_from_file_location
from typing import TYPE_CHECKING, Any

from cloud_assembly.type_schemas import type_schema
from tests.synthesis import PROJECT

if TYPE_CHECKING:
    import pytest

TOOL = PROJECT / "tools" / "reviewed_below.py"


def test_the_shipped_table_is_up_to_date() -> None:
    command = [sys.executable, str(TOOL), "--check"]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert (done.returncode, done.stderr) == (0, "")


def test_a_property_that_a_schema_gained_is_named(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    spec = spec_from_file_location("reviewed_below", TOOL)
    assert spec is not None
    assert spec.loader is not None
    tool = module_from_spec(spec)
    spec.loader.exec_module(tool)

    def grown(kind: str, region: str) -> dict[str, Any]:
        schema = copy.deepcopy(type_schema(kind, region) or {})
        if kind == "AWS::S3::Bucket":
            rule = schema["definitions"]["NoncurrentVersionTransition"]
            rule["properties"]["CopyTo"] = {"type": "object", "properties": {"Bucket": {}}}
        return schema

    monkeypatch.setattr(tool, "type_schema", grown)
    monkeypatch.setattr(sys, "argv", ["reviewed_below.py", "--check"])
    assert tool.main() == 1
    path = "LifecycleConfiguration.Rules.NoncurrentVersionTransition.CopyTo.Bucket"
    assert f"AWS::S3::Bucket.{path}" in capsys.readouterr().err
