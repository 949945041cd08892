"""From `mlops models approve` to the schedule and back, through what is deployed.

The event is the local AWS's own; the rule, the pipeline and the project that it starts are those of
the synthesized template; the build is `buildspec-inference.yml`, executed as CodeBuild would, with
the set-up of this project lent to it. The pipelines of SageMaker are small ones.
"""

from __future__ import annotations

import json
import shutil
import time
from typing import TYPE_CHECKING, Any

import pytest
from typer.testing import CliRunner

from cloud_assembly import CloudAssembly
from environments.loading import VARIABLE, load_environment
from mlops.command_line.main import app
from mlops.local_project import state_folder
from mlops_contract.names import BATCH_INFERENCE
from pipeline_local.aws import Aws, FunctionTarget
from pipeline_local.builds.build import BuildRequest, run_build
from pipeline_local.builds.triggered import started_builds
from pipeline_local.local_aws import keeper
from tests import settings_guard
from tests.synthesis import PROJECT, SETTINGS
from tests.unit.mlops.promotion.conftest import Platform, registry_of, set_up_platform

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from pipeline_local.builds.execution import BuildEnd

HEARS = """
import json, pathlib, os
def handler(event, context):
    pathlib.Path(os.environ["PLACE"], event["id"]).write_text(json.dumps(event))
"""


class Chain:
    """The environment `dev` in a local AWS, and what deployed rules start there."""

    def __init__(self, platform: Platform, assembly: CloudAssembly, heard: Path) -> None:
        self.platform = platform
        self._assembly = assembly
        self._heard = heard
        self._known: set[Path] = set()

    def mlops(self, *words: str) -> Any:
        result = CliRunner().invoke(app, [*words, "--local", "--json"])
        assert result.exit_code == 0, result.output
        return json.loads(result.stdout)

    def builds(self, status: str) -> list[BuildEnd]:
        """Execute what the rules start for the events since the last call."""
        events = self._events(status)
        aws = self.platform.registry.aws
        ends = []
        for event in events:
            for build in started_builds(self._assembly, event):
                request = BuildRequest(
                    spec=PROJECT / build.spec,
                    source=PROJECT,
                    project=build.project,
                    variables={**build.variables, "PACKAGES": "", VARIABLE: str(SETTINGS)},
                    initiator=build.rule,
                    install=False,
                )
                with settings_guard.lifted():
                    ends.append(run_build(request, aws, lambda _line: None))
        return ends

    def _events(self, status: str) -> list[Any]:
        deadline = time.monotonic() + 30
        while True:
            fresh = set(self._heard.iterdir()) - self._known
            events = [json.loads(path.read_text() or "{}") for path in sorted(fresh)]
            found = [e for e in events if e.get("detail", {}).get("ModelApprovalStatus") == status]
            if found:
                self._known |= fresh
                return found
            assert time.monotonic() < deadline
            time.sleep(0.05)


@pytest.fixture
def chain(
    tmp_path: Path, all_environments: Path, monkeypatch: pytest.MonkeyPatch
) -> Iterator[Chain]:
    (tmp_path / "cdk.json").write_text("{}")
    monkeypatch.chdir(tmp_path)
    state = state_folder()
    settings = load_environment("dev")
    aws = Aws(settings.region, settings.account, keeper.ensure_server(state))
    platform = set_up_platform(registry_of(aws, settings))
    code, heard = tmp_path / "code", tmp_path / "heard"
    code.mkdir()
    heard.mkdir()
    (code / "handler.py").write_text(HEARS)
    target = FunctionTarget(code, environment={"PLACE": str(heard)}, name="hears")
    aws.register_event_target("hears", {"detail-type": [{"prefix": "SageMaker Model"}]}, target)
    yield Chain(platform, CloudAssembly(all_environments), heard)
    keeper.stop_server(state)


def _log(end: BuildEnd) -> str:
    return end.failure + (end.folder / "log").read_text()


@pytest.mark.slow
def test_an_approved_model_is_scheduled_and_a_rejected_one_is_taken_back(chain: Chain) -> None:
    platform = chain.platform
    first, second = (platform.model("PendingManualApproval") for _ in range(2))
    for model in (first, second):
        chain.mlops("models", "approve", model, "--reason", "good on the test rows")
        (end,) = chain.builds("Approved")
        assert end.succeeded, _log(end)
        assert end.build_id.startswith("secure-mlops-dev-inference:")
        promotion = json.loads(
            (end.folder / "src/source/build/promotion/promotion.json").read_text()
        )
        made = promotion["inference_pipeline"]
        assert made["metadata"]["ModelPackageArn"] == model
        test = platform.sagemaker.describe_pipeline_execution(
            PipelineExecutionArn=made["metadata"]["TestExecutionArn"]
        )
        assert test["PipelineExecutionStatus"] == "Succeeded"
        assert platform.schedule().enabled
        assert platform.scheduled_model() == model
        shutil.rmtree(end.folder)
    # Rejected by whatever means: the rule has the build put back the one before.
    platform.sagemaker.update_model_package(
        ModelPackageArn=second, ModelApprovalStatus="Rejected", ApprovalDescription="too old"
    )
    (end,) = chain.builds("Rejected")
    assert end.succeeded, _log(end)
    shutil.rmtree(end.folder)
    assert platform.scheduled_model() == first
    group = platform.registry.names.model_package_group(BATCH_INFERENCE)
    versions = platform.sagemaker.list_model_packages(ModelPackageGroupName=group)
    statuses = {
        each["ModelPackageVersion"]: each["ModelApprovalStatus"]
        for each in versions["ModelPackageSummaryList"]
    }
    assert statuses == {1: "Approved", 2: "Rejected"}
