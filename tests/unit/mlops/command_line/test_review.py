"""`mlops review` refuses what is wrong before it synthesizes anything."""

from __future__ import annotations

import pytest
from typer.testing import CliRunner

from mlops.command_line.main import app
from mlops.review import snapshots
from mlops_common.errors import UserError


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["--deployed", "wrong"], "unknown environment 'wrong'"),
        (["-e", "dev", "--deployed", "staging"], "--deployed staging: not among --environment dev"),
        (["no-such-folder"], "no-such-folder/manifest.json: does not exist"),
    ],
)
def test_a_wrong_argument_costs_no_synthesis(
    monkeypatch: pytest.MonkeyPatch, arguments: list[str], words: str
) -> None:
    def synthesized(*_: object) -> None:
        pytest.fail("it was synthesized")

    for name in ("side_of_sources", "side_of_revision", "todays_side"):
        monkeypatch.setattr(snapshots, name, synthesized)
    done = CliRunner().invoke(app, ["review", *arguments])
    assert isinstance(done.exception, UserError)
    assert words in str(done.exception)
