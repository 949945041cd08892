"""`mlops local stacks` lists the stacks of an environment's account."""

from __future__ import annotations

import json
import uuid
from typing import TYPE_CHECKING, Any

from typer.testing import CliRunner

from environments import load_environment
from mlops import local_project
from mlops.command_line.main import app
from pipeline_local.aws import Aws
from pipeline_local.local_aws import keeper

if TYPE_CHECKING:
    from pathlib import Path

    import pytest


def test_stacks_are_listed_with_what_failed(
    server_state: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    settings = load_environment("dev")
    aws = Aws(settings.region, settings.account, keeper.ensure_server(server_state))
    monkeypatch.setattr(local_project, "connect", lambda *_, **__: aws)
    client, name = aws.client("cloudformation"), f"s-{uuid.uuid4().hex[:8]}"
    properties = {"Name": f"/{name}", "Type": "String", "Value": "1"}
    resource = {"Type": "AWS::SSM::Parameter", "Properties": properties}
    body = json.dumps({"Resources": {"P": resource}})
    client.create_stack(StackName=name, TemplateBody=body)
    client.get_waiter("stack_create_complete").wait(StackName=name, WaiterConfig={"Delay": 1})
    shown = CliRunner().invoke(app, ["local", "stacks"])
    assert f"{name}: CREATE_COMPLETE, 1 resources\n" in shown.output
    facts: dict[str, Any] = json.loads(
        CliRunner().invoke(app, ["local", "stacks", "--json"]).output
    )
    (stack,) = (each for each in facts["stacks"] if each["name"] == name)
    assert stack == {
        "name": name,
        "status": "CREATE_COMPLETE",
        "reason": "",
        "resources": 1,
        "recorded": {},
    }
