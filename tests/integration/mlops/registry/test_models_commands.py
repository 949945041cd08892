"""`mlops models` and `mlops local` as a person uses them, against a server of the project's own."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest
import typer
from typer.testing import CliRunner, Result

from mlops.command_line import local, models
from mlops.registry import Registry, open_registry
from mlops_common.errors import MlopsError
from pipeline_local.aws import FunctionTarget
from pipeline_local.local_aws import keeper

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

APP = typer.Typer()
APP.add_typer(models.app, name="models")
APP.add_typer(local.app, name="local")
# What the deployed keeper does, as small as can be: the approved package becomes the champion.
KEEPER = """
import json, os, boto3

def handler(event, context):
    detail = event["detail"]
    boto3.client("s3").put_object(
        Bucket=os.environ["BUCKET"],
        Key=f"champion/{detail['ModelPackageGroupName']}/champion.json",
        Body=json.dumps({"model_package_arn": detail["ModelPackageArn"]}),
    )
"""


def _mlops(*arguments: str) -> Result:
    return CliRunner().invoke(APP, arguments)


def _json(*arguments: str) -> Any:
    result = _mlops(*arguments, "--json")
    assert result.exit_code == 0, result.output
    return json.loads(result.output)


@pytest.fixture
def registry(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Registry]:
    """The dev registry of a project folder of its own, with two versions and a keeper."""
    project = tmp_path / "project"
    project.mkdir()
    (project / "cdk.json").write_text("{}")
    monkeypatch.chdir(project)
    found = open_registry("dev", local=True)
    names = found.names
    s3, sagemaker = found.aws.client("s3"), found.aws.client("sagemaker")
    s3.create_bucket(
        Bucket=names.models_bucket,
        CreateBucketConfiguration={"LocationConstraint": "eu-central-1"},
    )
    group = names.model_package_group("abalone-age")
    sagemaker.create_model_package_group(ModelPackageGroupName=group)
    for number in (1, 2):
        sagemaker.create_model_package(
            ModelPackageGroupName=group,
            CustomerMetadataProperties={"RunId": f"run{number}", "TestMse": f"4.{number}"},
        )
    code = tmp_path / "code"
    code.mkdir()
    (code / "handler.py").write_text(KEEPER)
    function = FunctionTarget(code, environment={"BUCKET": names.models_bucket}, name="keeper")
    pattern = {"detail": {"ModelApprovalStatus": ["Approved"]}}
    found.aws.register_event_target("champion", pattern, function)
    yield found
    keeper.stop_server(project / keeper.FOLDER)


def test_an_approved_version_becomes_the_champion(registry: Registry) -> None:
    listed = _mlops("models", "list", "--local").output.splitlines()
    assert listed[0].split() == [
        "GROUP",
        "VERSION",
        "STATUS",
        "CHAMPION",
        "TEST",
        "CREATED",
        "RUN",
        "REVISION",
    ]
    assert "mse 4.2000" in listed[1]
    assert [line.split()[:3] for line in listed[1:]] == [
        [registry.names.model_package_group("abalone-age"), version, "PendingManualApproval"]
        for version in ("2", "1")
    ]

    approved = _mlops("models", "approve", "1", "--reason", "best so far", "--local")
    assert approved.exit_code == 0
    assert "version 1: PendingManualApproval -> Approved" in approved.output
    assert "best so far (Approved by arn:aws:sts::" in approved.output
    assert "it is the champion" in approved.output
    marks = {facts["version"]: facts["champion"] for facts in _json("models", "list", "--local")}
    assert marks == {1: True, 2: False}

    again = _mlops("models", "approve", "1", "--reason", "again", "--local")
    assert again.exit_code == 0
    assert "is Approved already: best so far" in again.output

    rejected = _json("models", "reject", "2", "--reason", "worse", "--local")
    assert (rejected["changed"], rejected["status"]) == (True, "Rejected")
    shown = _mlops("models", "show", "2", "--local")
    assert "metadata:\n  RunId: run2\n  TestMse: 4.2\n" in shown.output
    assert "approval_description: worse (Rejected by" in shown.output

    status = _json("local", "status")
    assert status["running"]
    assert status["rules"] == ["champion"]
    assert [outcome["succeeded"] for outcome in status["deliveries"]] == [True]
    assert "-> champion: delivered" in _mlops("local", "status").output


def test_what_is_not_there_is_told(registry: Registry) -> None:
    assert registry.groups()
    for arguments, said in [
        (("models", "show", "9"), "has no version 9; versions: 1, 2"),
        (("models", "approve", "9", "--reason", "x"), "has no version 9"),
        (("models", "list", "--group", "nope"), "no model package group nope"),
        (("models", "show", "1", "--environment", "staging"), "has no model package group yet"),
    ]:
        result = _mlops(*arguments, "--local")
        assert isinstance(result.exception, MlopsError)
        assert said in str(result.exception)
    empty = _mlops("models", "list", "--environment", "staging", "--local")
    assert empty.output == "environment staging has no model version yet\n"
    assert _mlops("models", "approve", "1", "--local").exit_code == 2  # a reason is required


def test_stop_keeps_and_reset_forgets(registry: Registry) -> None:
    assert registry.groups()
    started = _json("local", "start")
    assert started["environment"]["AWS_ENDPOINT_URL"] == started["endpoint"]
    assert f"export AWS_ENDPOINT_URL={started['endpoint']}" in _mlops("local", "start").output
    assert _mlops("local", "stop").output == "stopped\n"
    assert _mlops("local", "stop").output == "not running\n"
    assert _json("local", "status")["running"] is False
    assert len(_json("models", "list", "--local")) == 2
    assert CliRunner().invoke(APP, ["local", "reset"], input="n\n").exit_code == 1
    assert len(_json("models", "list", "--local")) == 2
    assert _mlops("local", "reset", "--yes").exit_code == 0
    assert _json("models", "list", "--local") == []
