"""An endpoint is a row of one table, an alarm a limit and a row of what it means."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from environments import load_environment, monitoring
from mlops_contract import endpoints
from stacks import runbook
from tests.template import assembly, existing

if TYPE_CHECKING:
    from pathlib import Path


@pytest.fixture(scope="module")
def stacks(tmp_path_factory: pytest.TempPathFactory) -> assembly.Stacks:
    folder: Path = tmp_path_factory.mktemp("additions")
    limit = monitoring.Limit(above=5, hours=26)
    of_batches = {**monitoring._PIPELINES["batch-inference"], "set-aside": limit}
    meaning = runbook.Meaning("Rows were set aside", "rows-set-aside", "Set aside", "RowsSetAside")
    with pytest.MonkeyPatch.context() as patch:
        traces = endpoints.AwsApi("xray", ("xray:*",), "jobs that trace")
        patch.setattr(endpoints, "APIS", (*endpoints.APIS, traces))
        patch.setitem(monitoring.KINDS, "set-aside", limit)
        patch.setitem(monitoring._PIPELINES, "batch-inference", of_batches)
        patch.setitem(runbook.MEANINGS, "set-aside", meaning)
        output = existing.synthesize(load_environment("dev"), folder, judged=False)
    return assembly.Stacks(output, "dev")


def test_an_endpoint_takes_one_row(stacks: assembly.Stacks) -> None:
    services = [str(each["ServiceName"]) for each in stacks.properties("AWS::EC2::VPCEndpoint")]
    assert [each for each in services if each.endswith(".xray")]


def test_an_alarm_takes_a_limit_and_what_it_means(stacks: assembly.Stacks) -> None:
    (alarm,) = (
        each
        for each in stacks.properties("AWS::CloudWatch::Alarm")
        if each["AlarmName"] == "secure-mlops-dev-batch-inference-set-aside"
    )
    assert alarm["MetricName"] == "RowsSetAside"
    assert "docs/operations.md#rows-set-aside" in alarm["AlarmDescription"]
    assert "Set aside" in str(stacks.properties("AWS::CloudWatch::Dashboard"))
