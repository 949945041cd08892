"""`mlops doctor` on an empty account: the commands that it prints, run as printed, remove all."""

from __future__ import annotations

import json
import os
import shlex
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from pipeline_local.aws.variables import client_variables
from pipeline_local.local_aws import keeper
from tests import settings_guard
from tests.synthesis import PROJECT

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

pytestmark = [pytest.mark.slow, pytest.mark.timeout(1800)]


@pytest.fixture
def variables(tmp_path: Path) -> Iterator[dict[str, str]]:
    """What a shell has after `mlops local start`, for a state of its own."""
    state = tmp_path / "state"
    address = keeper.ensure_server(state)
    kept = {name: value for name, value in os.environ.items() if not name.startswith("AWS_")}
    programs = os.pathsep.join(
        [str(Path(sys.executable).parent), str(PROJECT / "node_modules/.bin"), os.environ["PATH"]]
    )
    of_account = client_variables(address.url, "111111111111", "eu-central-1")
    with settings_guard.lifted():
        yield {**kept, **of_account, "PATH": programs, "CI": "1"}
    keeper.stop_server(state)


def _run(command: str, variables: Mapping[str, str], code: int = 0) -> str:
    done = subprocess.run(
        shlex.split(command),
        env=variables,
        cwd=PROJECT,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == code, (done.stdout + done.stderr)[-4000:]
    return done.stdout


def _problems(variables: Mapping[str, str], code: int) -> list[dict[str, Any]]:
    facts = json.loads(_run("mlops doctor --environment dev --json", variables, code))
    return [each for each in facts["lines"] if each["verdict"] == "problem"]


def test_an_empty_account_is_bootstrapped_by_what_is_printed(variables: dict[str, str]) -> None:
    found = _problems(variables, 1)
    checks = {each["check"] for each in found}
    assert checks == {"bootstrap", "bootstrap trust", "deployment policies"}
    for command in dict.fromkeys(command for each in found for command in each["commands"]):
        _run(command, variables)
    assert _problems(variables, 0) == []
    # A policy that was changed since is deployed anew by what is printed for it.
    arn = "arn:aws:iam::111111111111:policy/bootstrap-secure-mlops-dev-deployer-1"
    executing = "cdk-hnb659fds-cfn-exec-role-111111111111-eu-central-1"
    _run(f"aws iam detach-role-policy --role-name {executing} --policy-arn {arn}", variables)
    (missing,) = _problems(variables, 1)
    assert missing["check"] == "deployment policies"
