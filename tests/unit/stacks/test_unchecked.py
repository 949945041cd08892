"""What no rule pack and no promise has judged cannot be deployed."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import aws_cdk as cdk
import pytest

import app
from environments import SettingsError
from mlops_contract.job_code import UNCHECKED
from stacks.unchecked import REFUSAL, refuse_deployment

if TYPE_CHECKING:
    from pathlib import Path


def test_each_stack_has_an_error_that_the_command_line_fails_at(tmp_path: Path) -> None:
    context = {"@aws-cdk/core:failSynthOnValidationErrors": False}
    whole = cdk.App(outdir=str(tmp_path), context=context)
    stage = cdk.Stage(whole, "dev")
    for name in ("One", "Two"):
        cdk.Stack(stage, name)
    refuse_deployment(stage)
    whole.synth()
    manifest = json.loads((tmp_path / "assembly-dev" / "manifest.json").read_text())
    stacks = [
        each
        for each in manifest["artifacts"].values()
        if each["type"] == "aws:cloudformation:stack"
    ]
    assert len(stacks) == 2
    for each in stacks:
        inline = each.get("metadata")
        beside = each.get("additionalMetadataFile")
        found = inline or json.loads((tmp_path / "assembly-dev" / beside).read_text())
        entries = [entry for entries in found.values() for entry in entries]
        assert {"type": "aws:cdk:error", "data": REFUSAL}.items() <= {
            key: value
            for entry in entries
            if entry["type"] == "aws:cdk:error"
            for key, value in entry.items()
        }.items()


def test_the_cdk_command_line_is_refused_at_once(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("CDK_CLI_VERSION", "2.1148.1")
    context = {"environment": "dev", UNCHECKED: "true"}
    with pytest.raises(SettingsError, match="leave -c unchecked out"):
        app.build(cdk.App(context=context, outdir=str(tmp_path)))
