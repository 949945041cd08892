"""The start and the end of the server."""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import sys
import time
from typing import TYPE_CHECKING

import pytest

from mlops_common.errors import MlopsError
from pipeline_local.aws import control
from pipeline_local.aws.address import (
    Address,
    hold_life,
    living_pid,
    read_address,
    write_address,
)
from pipeline_local.aws.control import ask
from pipeline_local.local_aws import connect, keeper

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

START = (
    "import sys; from pathlib import Path; from pipeline_local.local_aws import keeper;"
    "print(keeper.ensure_server(Path(sys.argv[1]), float(sys.argv[2])).pid)"
)


@pytest.fixture
def state(tmp_path: Path) -> Iterator[Path]:
    """A state folder of this test's own; its server is stopped at the end."""
    folder = tmp_path / "state"
    yield folder
    keeper.stop_server(folder)


def _until_gone(state: Path, seconds: float) -> bool:
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        if living_pid(state) is None:
            return True
        time.sleep(0.05)
    return False


def _start_elsewhere(state: Path, idle_seconds: float) -> subprocess.Popen[str]:
    command = [sys.executable, "-c", START, str(state), str(idle_seconds)]
    return subprocess.Popen(command, stdout=subprocess.PIPE, text=True)


def test_two_starters_get_one_server(state: Path) -> None:
    starters = [_start_elsewhere(state, 60) for _ in range(2)]
    pids = {starter.communicate(timeout=60)[0].strip() for starter in starters}
    assert pids == {str(living_pid(state))}


@pytest.mark.slow
def test_an_unused_server_stops_by_itself_and_loses_nothing(state: Path) -> None:
    _start_elsewhere(state, 1.0).communicate(timeout=60)
    assert living_pid(state) is not None
    assert _until_gone(state, 15)
    assert read_address(state) is None
    assert "unused" in (state / "server.log").read_text()


@pytest.mark.slow
def test_a_server_stays_while_its_client_lives(state: Path) -> None:
    keeper.ensure_server(state, idle_seconds=0.5)
    assert not _until_gone(state, 3)  # this process is the client


def test_a_server_goes_when_its_folder_does(state: Path) -> None:
    keeper.ensure_server(state)
    address = read_address(state)
    assert address is not None
    shutil.rmtree(state)
    deadline = time.monotonic() + 15
    while ask(address, "health") is not None:
        assert time.monotonic() < deadline
        time.sleep(0.1)
    assert not state.exists()


@pytest.mark.slow
def test_a_server_of_older_code_is_replaced(state: Path) -> None:
    first = keeper.ensure_server(state)
    write_address(state, Address(first.pid, first.port, first.token, "older"))
    second = keeper.ensure_server(state)
    assert second.pid != first.pid
    assert second.port == first.port


@pytest.mark.slow
def test_another_server_at_the_old_port_is_not_mistaken_for_ours(state: Path) -> None:
    first = keeper.ensure_server(state)
    write_address(state, Address(first.pid, first.port, "another token", first.version))
    assert keeper.find_server(state) is None
    assert keeper.ensure_server(state).pid != first.pid


@pytest.mark.slow
def test_a_server_that_does_not_answer_is_replaced(state: Path) -> None:
    first = keeper.ensure_server(state)
    os.kill(first.pid, signal.SIGSTOP)
    try:
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(control, "_ANSWER_SECONDS", 0.5)
            patch.setattr(keeper, "_STOP_SECONDS", 0.5)
            second = keeper.ensure_server(state)
    finally:
        if living_pid(state) == first.pid:
            os.kill(first.pid, signal.SIGKILL)
    assert second.pid != first.pid
    assert (
        connect("eu-central-1", "111111111111", state=state).client("s3").list_buckets()["Buckets"]
        == []
    )


@pytest.mark.slow
def test_a_start_that_fails_says_why(state: Path) -> None:
    state.mkdir()
    (state / "journal").write_text("not a journal\n")
    with pytest.raises(MlopsError, match=r"did not start: .*another version.*mlops local reset"):
        keeper.ensure_server(state)
    keeper.reset(state)
    assert not state.exists()
    keeper.ensure_server(state)


def test_a_second_server_of_a_folder_does_not_start(state: Path) -> None:
    life = hold_life(state)
    assert life is not None
    assert hold_life(state) is None
    command = [sys.executable, "-m", "pipeline_local.local_aws.server", "--state", str(state)]
    ended = subprocess.run([*command, "--idle-seconds", "1"], check=False, capture_output=True)
    assert ended.returncode == 3
    os.close(life)
