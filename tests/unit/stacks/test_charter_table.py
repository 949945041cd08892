"""The table of charters is checked, and says what is wrong where."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from environments import SettingsError
from stacks.charter_table import TABLE, read_table

if TYPE_CHECKING:
    from pathlib import Path

    from stacks.charter_table import Table

SMALL = """
shared ceilings:
  ours: ["{s3}:::{prefix}-*"]
ceilings:
  runtime: {shared: [ours], changes: ["{sqs}:{prefix}-*"]}
shared:
  logs: [{duty: writes its log, actions: ["logs:PutLogEvents"], resources: ["*"]}]
roles:
  worker:
    assumed_by: [lambda.amazonaws.com]
    shared: [logs]
    duties:
      - {duty: sends, actions: ["sqs:SendMessage"], resources: ["{sqs}:{prefix}-x"]}
"""


def table(folder: Path, change: tuple[str, str] = ("", "")) -> Table:
    before, after = change
    assert before in SMALL
    text = SMALL.replace(before, after) if before else SMALL
    file = folder / "charters.yaml"
    file.write_text(text, encoding="utf-8")
    return read_table.__wrapped__(file)


def test_the_shipped_table_loads() -> None:
    assert len(read_table(TABLE).roles) > 30


def test_shared_parts_come_first(tmp_path: Path) -> None:
    read = table(tmp_path)
    assert [each.duty for each in read.duties("worker")] == ["writes its log", "sends"]
    assert read.changes("runtime") == ["{s3}:::{prefix}-*", "{sqs}:{prefix}-*"]
    assert read.roles["worker"].boundary == "runtime"


@pytest.mark.parametrize(
    ("change", "says"),
    [
        (
            ("sqs:SendMessage", "sqs:Send*"),
            "charters.yaml: roles.worker.duties.0.actions.0: 'sqs:Send*': write the action's full",
        ),
        (
            ("sqs:SendMessage", "iam:PassRole"),
            "charters.yaml: roles.worker.duties.0: iam:PassRole needs the services",
        ),
        (("duty: sends", "does: sends"), "roles.worker.duties.0.does: 'sends': there is no such"),
        (("duty: sends, ", ""), "roles.worker.duties.0.duty: is missing"),
        (("shared: [logs]", "boundary: people"), "there is no boundary 'people'; choose one of"),
        (("shared: [logs]", "shared: [log]"), "roles.worker: there is no shared part 'log'"),
        (("shared: [ours]", "shared: [mine]"), "ceilings.runtime: there is no shared ceiling"),
        (("roles:", "roles: ["), "charters.yaml: is no YAML"),
    ],
)
def test_a_mistake_is_one_line(change: tuple[str, str], says: str, tmp_path: Path) -> None:
    with pytest.raises(SettingsError) as raised:
        table(tmp_path, change)
    assert any(says in each for each in raised.value.mistakes), raised.value.mistakes
    assert all("\n" not in each for each in raised.value.mistakes)
