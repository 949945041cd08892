"""A new right takes two edits, policy and charter; promise 18 names one in the policy alone."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from aws_cdk import aws_iam as iam

from environments import load_environment
from promises.catalog import PROMISES
from promises.proving import Verdict, outcomes_of
from promises.world import worlds_of
from stacks import charter_table, charters, pipeline_function_policies, roles
from tests.template import assembly, existing
from tests.template.policies import is_allowed

if TYPE_CHECKING:
    from pathlib import Path

    from promises.proving import Outcome

ROLE = "secure-mlops-dev-batch-announcer"
QUEUE = "arn:aws:sqs:eu-central-1:111111111111:secure-mlops-dev-batch-announcer-failed"
OURS = {"aws:ResourceAccount": "111111111111"}
ANNOUNCES = """
      - duty: announces scored batches on this environment's bus
        actions: [events:PutEvents]
        resources: ["{events}:event-bus/{prefix}"]
        when: {"events:source": [secure-mlops]}
"""
EMPTIES = """
      - duty: empties its dead letters
        actions: [sqs:PurgeQueue]
        resources: ["{sqs}:{role}-failed"]
"""


def edit_policy(monkeypatch: pytest.MonkeyPatch) -> None:
    written = pipeline_function_policies.statements

    def more(*args: object, **options: object) -> dict[str, list[iam.PolicyStatement]]:
        rights = written(*args, **options)  # type: ignore[arg-type]
        purge = iam.PolicyStatement(actions=["sqs:PurgeQueue"], resources=[QUEUE])
        return {**rights, roles.ANNOUNCER: [*rights[roles.ANNOUNCER], purge]}

    monkeypatch.setattr(pipeline_function_policies, "statements", more)


def edit_charter(monkeypatch: pytest.MonkeyPatch, folder: Path, before: str, after: str) -> None:
    text = charter_table.TABLE.read_text(encoding="utf-8")
    assert text.count(before) == 1
    file = folder / "charters.yaml"
    file.write_text(text.replace(before, after), encoding="utf-8")
    table = charter_table.read_table(file)
    monkeypatch.setattr(charters, "read_table", lambda: table)


def judged(folder: Path) -> tuple[Outcome, Outcome, assembly.Stacks]:
    """Promises 17 and 18, and the templates."""
    output = existing.synthesize(load_environment("dev"), folder, judged=False)
    (world,) = worlds_of([output / "assembly-dev"])
    promises = [each for each in PROMISES if each.number in {17, 18}]
    ceiling, charter = outcomes_of(world, promises, timeout=20)
    return ceiling, charter, assembly.Stacks(output, "dev")


def possible(stacks: assembly.Stacks, action: str, resource: str) -> bool:
    return is_allowed(stacks.policy("secure-mlops-dev-runtime-boundary"), action, resource, OURS)


@pytest.mark.slow
def test_policy_and_charter_are_enough(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    edit_policy(monkeypatch)
    edit_charter(monkeypatch, tmp_path, ANNOUNCES, ANNOUNCES + EMPTIES.lstrip("\n"))
    ceiling, charter, stacks = judged(tmp_path)
    for outcome in (ceiling, charter):
        assert outcome.breaches == ()
        assert outcome.verdict is Verdict.PROVED
    assert possible(stacks, "sqs:PurgeQueue", QUEUE)
    assert not possible(stacks, "sqs:PurgeQueue", QUEUE.replace("-dev-", "-prod-"))


@pytest.mark.slow
def test_the_policy_alone_is_not(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    edit_policy(monkeypatch)
    _, charter, stacks = judged(tmp_path)
    assert charter.verdict is Verdict.BROKEN
    assert any(ROLE in each.what and "no duty" in each.what for each in charter.breaches)
    assert any(each.request and "PurgeQueue" in str(each.request) for each in charter.breaches)
    assert not possible(stacks, "sqs:PurgeQueue", QUEUE)


@pytest.mark.slow
def test_a_right_that_leaves_the_charter_leaves_the_boundary(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    edit_charter(monkeypatch, tmp_path, f"    duties:{ANNOUNCES}", "    duties: []\n")
    _, charter, stacks = judged(tmp_path)
    assert charter.verdict is Verdict.BROKEN
    assert any(ROLE in each.what and "no duty" in each.what for each in charter.breaches)
    bus = "arn:aws:events:eu-central-1:111111111111:event-bus/secure-mlops-dev"
    assert not possible(stacks, "events:PutEvents", bus)
