"""Signing in to CodeArtifact: the calls of the AWS CLI, and the failures that stop it."""

from __future__ import annotations

import os
import subprocess
import sys
from typing import TYPE_CHECKING

from tests.synthesis import PROJECT

if TYPE_CHECKING:
    from pathlib import Path

PROGRAM = PROJECT / "tools" / "sign_in.py"
FAKE = '#!/bin/sh\necho "$@" >> "{log}"\ncase "$*" in *npm*) exit {code};; esac\n'


def _sign_in(
    tmp_path: Path, *words: str, code: int | None = 0
) -> tuple[subprocess.CompletedProcess[str], list[str]]:
    log, tools = tmp_path / "log", tmp_path / "bin"
    tools.mkdir()
    if code is not None:
        (tools / "aws").write_text(FAKE.format(log=log, code=code))
        (tools / "aws").chmod(0o755)
    done = subprocess.run(
        [sys.executable, PROGRAM, *words],
        env={**os.environ, "PATH": f"{tools}:/bin" if code is not None else str(tools)},
        capture_output=True,
        text=True,
        check=False,
    )
    return done, log.read_text().splitlines() if log.exists() else []


def test_pip_and_npm_are_signed_in(tmp_path: Path) -> None:
    done, asked = _sign_in(tmp_path, "domain")
    assert done.returncode == 0
    assert asked == [
        f"codeartifact login --tool {tool} --domain domain --repository domain"
        for tool in ("pip", "npm")
    ]


def test_no_domain_leaves_settings_alone(tmp_path: Path) -> None:
    done, asked = _sign_in(tmp_path, "")
    assert (done.returncode, asked) == (0, [])
    assert "no domain named" in done.stdout


def test_what_goes_wrong_is_said_in_a_line(tmp_path: Path) -> None:
    done, _ = _sign_in(tmp_path, "domain", code=3)
    assert (done.returncode, done.stderr) == (1, "sign-in failed for npm; see above\n")


def test_without_the_aws_cli(tmp_path: Path) -> None:
    done, _ = _sign_in(tmp_path, "domain", code=None)
    assert (done.returncode, done.stderr) == (
        1,
        "sign-in failed: the AWS CLI is not installed\n",
    )


def test_a_word_is_missing(tmp_path: Path) -> None:
    done, _ = _sign_in(tmp_path)
    assert done.returncode == 2
    assert done.stderr.startswith("usage: ")
