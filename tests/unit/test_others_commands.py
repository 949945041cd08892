"""The pages' commands of the AWS command line and of git exist, with their options."""

from __future__ import annotations

import re
import shutil
import subprocess
from functools import cache
from typing import TYPE_CHECKING, Any

import pytest

from tests.synthesis import PROJECT

if TYPE_CHECKING:
    from collections.abc import Iterator

GIT = shutil.which("git") or "git"
PAGES = [*sorted(PROJECT.glob("*.md")), *sorted((PROJECT / "docs").rglob("*.md"))]
_BLOCK = re.compile(r"^```(?:console|bash|sh)\n(.*?)^```$", re.MULTILINE | re.DOTALL)
_QUOTED = re.compile(r"'[^']*'")
_INNER = re.compile(r"\$\(([^()]*)\)")
_AWS = re.compile(r"(?<![\w./-])aws ([a-z][a-z0-9-]*) ([a-z][a-z0-9-]*)([^|;&)\n]*)")
_GIT = re.compile(r"(?<![\w./-])git ([a-z][a-z-]*)([^|;&)\n]*)")
_OPTION = re.compile(r"(?<=\s)--[a-z][a-z0-9-]*")


def _commands(program: re.Pattern[str]) -> list[tuple[str, ...]]:
    return sorted({command for page in PAGES for command in _in(page.read_text(), program)})


def _in(page: str, program: re.Pattern[str]) -> Iterator[tuple[str, ...]]:
    """Yield the words of each command, then its options."""
    for block in _BLOCK.findall(page):
        text = _QUOTED.sub("''", block.replace("\\\n", " "))
        texts = []
        while inner := _INNER.search(text):
            texts.append(inner[1])
            text = text.replace(inner[0], "")
        for each in (*texts, text):
            for *words, rest in program.findall(each):
                yield (*words, *_OPTION.findall(rest))


@cache
def _aws() -> Any:
    from awscli.clidriver import create_clidriver

    return create_clidriver().create_help_command()


@pytest.mark.parametrize("command", _commands(_AWS), ids=" ".join)
def test_the_aws_command_line_has_the_command(command: tuple[str, ...]) -> None:
    service, operation, *options = command
    services = _aws().command_table
    assert service in services
    operations = services[service].create_help_command().command_table
    assert operation in operations
    known = {*operations[operation].arg_table, *_aws().arg_table}
    assert {option.removeprefix("--") for option in options} <= known


@pytest.mark.parametrize("command", _commands(_GIT), ids=" ".join)
def test_git_has_the_commands(command: tuple[str, ...]) -> None:
    listed = subprocess.run(
        [GIT, "--list-cmds=main"], capture_output=True, text=True, check=True
    ).stdout.split()
    verb, *options = command
    assert verb in listed
    # `-h` exits with 129 and lists the options in short.
    done = subprocess.run([GIT, verb, "-h"], capture_output=True, text=True, check=False)
    usage = (done.stdout + done.stderr).replace("--[no-]", "--")
    assert [each for each in options if each not in usage] == []


def test_commands_are_found_where_they_hide() -> None:
    command = "aws sqs receive-message --queue-url \"$(aws sqs get-queue-url --query 'a | b')\" --x"
    page = f"```bash\n  {command} \\\n --y | cat --z\n```\n"
    assert [*_in(page, _AWS)] == [
        ("sqs", "get-queue-url", "--query"),
        ("sqs", "receive-message", "--queue-url", "--x", "--y"),
    ]
    assert len(_commands(_AWS)) > 10


@pytest.mark.parametrize(
    "command", [("sts", "get-caller-identity", "--nonsense"), ("sts", "who-am-i")]
)
def test_a_command_that_does_not_exist_is_found(command: tuple[str, ...]) -> None:
    with pytest.raises(AssertionError):
        test_the_aws_command_line_has_the_command(command)
