from __future__ import annotations

import threading
from typing import TYPE_CHECKING, Any

import pytest

from pipeline_local.aws import FunctionTarget, PatternError
from pipeline_local.local_aws.delivery import ATTEMPTS, Deliveries, Targets

if TYPE_CHECKING:
    from pathlib import Path

    from pipeline_local.local_aws.journal import Delivery

EVENT = {
    "id": "e1",
    "source": "aws.sagemaker",
    "account": "111111111111",
    "region": "eu-central-1",
    "detail-type": "SageMaker Model Package State Change",
    "time": "2026-11-23T00:00:00Z",
    "detail": {"ModelApprovalStatus": "Approved", "ModelPackageArn": "arn"},
}
APPROVED: dict[str, Any] = {"detail": {"ModelApprovalStatus": ["Approved"]}}


class Bench:
    """Deliveries with a note of what they record."""

    def __init__(self, folder: Path) -> None:
        self.targets = Targets(folder / "state")
        self.code = folder / "code"
        self.code.mkdir()
        self.recorded: list[Delivery] = []
        self.arrived = threading.Event()
        self.lines: list[str] = []
        self.deliveries = Deliveries(self.targets, self.environment, self.record, self.lines.append)

    def environment(self, account: str, region: str) -> dict[str, str]:
        return {"ACCOUNT": account, "AWS_REGION": region}

    def record(self, delivery: Delivery) -> None:
        self.recorded.append(delivery)
        self.deliveries.note(delivery)
        self.arrived.set()

    def function(self, body: str) -> FunctionTarget:
        (self.code / "handler.py").write_text(f"def handler(event, context):\n    {body}\n")
        return FunctionTarget(self.code, name="keeper")


@pytest.fixture
def bench(tmp_path: Path) -> Bench:
    return Bench(tmp_path)


def test_the_matching_functions_run_before_the_sender_continues(bench: Bench) -> None:
    place = bench.code.parent / "seen"
    function = bench.function(f"open({str(place)!r}, 'a').write(event['id'])")
    bench.targets.register("approved", APPROVED, function)
    bench.targets.register("others", {"source": ["aws.ec2"]}, function)
    bench.deliveries.start()
    bench.deliveries.pending["e1"] = EVENT
    bench.deliveries.send([EVENT], wait=True)
    assert place.read_text() == "e1"
    [delivery] = bench.recorded
    assert [outcome["target"] for outcome in delivery.outcomes] == ["approved"]
    assert delivery.outcomes[0]["attempts"] == 1
    assert bench.deliveries.idle()
    assert bench.deliveries.outcomes[0]["about"] == "arn"


def test_a_failing_function_is_retried_and_then_reported(bench: Bench) -> None:
    place = bench.code.parent / "tries"
    function = bench.function(f"open({str(place)!r}, 'a').write('x'); raise ValueError('no')")
    bench.targets.register("approved", APPROVED, function)
    bench.deliveries.start()
    bench.deliveries.pending["e1"] = EVENT
    bench.deliveries.send([EVENT], wait=True)
    assert place.read_text() == "x" * ATTEMPTS
    [outcome] = bench.deliveries.outcomes
    assert (outcome["succeeded"], outcome["message"]) == (False, "ValueError: no")
    assert bench.deliveries.idle()
    assert any("ValueError: no" in line for line in bench.lines)


def test_pending_events_are_delivered_at_the_start(bench: Bench) -> None:
    bench.targets.register("approved", APPROVED, bench.function("return event['detail']"))
    bench.deliveries.pending["e1"] = EVENT
    bench.deliveries.start()
    assert bench.arrived.wait(20)
    assert bench.recorded[0].event_id == "e1"


def test_rules_and_their_code_outlast_the_process_and_the_folder(tmp_path: Path) -> None:
    code = tmp_path / "code"
    code.mkdir()
    (code / "handler.py").write_text("")
    first = Targets(tmp_path / "state")
    first.register("approved", APPROVED, FunctionTarget(code))
    (code / "handler.py").unlink()
    code.rmdir()
    again = Targets(tmp_path / "state")
    assert again.names() == ["approved"]
    [(name, function)] = again.matching(EVENT)
    assert name == "approved"
    assert (function.folder / "handler.py").exists()


def test_invalid_registrations_are_refused(tmp_path: Path) -> None:
    targets = Targets(tmp_path)
    with pytest.raises(PatternError):
        targets.register("bad", {}, FunctionTarget(tmp_path))
    with pytest.raises(FileNotFoundError):
        targets.register("bad", APPROVED, FunctionTarget(tmp_path / "nowhere"))
    assert targets.names() == []
