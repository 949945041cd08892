"""Every command of ours in `docs/adopt.md` exists, with its options; in other pages, its verb."""

from __future__ import annotations

import re
import shlex
import subprocess
import sys
from functools import cache
from pathlib import Path
from typing import Any

import pytest
from typer.main import get_command

from mlops.command_line.main import app
from tests.synthesis import PROJECT

GUIDE = PROJECT / "docs" / "adopt.md"
PAGES = [*sorted(PROJECT.glob("*.md")), *sorted((PROJECT / "docs").rglob("*.md"))]
_VERB = re.compile(r"(?:^|`)mlops ([a-z-]+)(?: ([a-z][a-z-]*)\b)?", re.MULTILINE)
_BLOCK = re.compile(r"^```console\n(.*?)^```$", re.MULTILINE | re.DOTALL)
# Others' programs, of all pages: tests/unit/test_others_commands.py.
OTHERS = {".", "aws", "git"}


def _commands(text: str) -> list[list[str]]:
    blocks = "".join(_BLOCK.findall(text)).replace("\\\n", " ")
    return [shlex.split(line, comments=True) for line in blocks.splitlines() if line.strip()]


def _of(program: str) -> list[list[str]]:
    return [words for words in _commands(GUIDE.read_text()) if words[0] == program]


def _refuse_unknown(words: list[str]) -> None:
    """Parse a command of `mlops` as its command line would, and do nothing with it."""
    command = get_command(app)
    rest = words[1:]
    while hasattr(command, "commands"):
        assert rest[0] in command.commands, words
        command = command.commands[rest.pop(0)]
    command.make_context(str(command.name), rest)


@cache
def _options_of_cdk(verb: str) -> frozenset[str]:
    # The CDK's command line is one bundle of JavaScript: only its help lists its options.
    program = str(Path(sys.prefix) / "bin" / "cdk")
    done = subprocess.run([program, verb, "--help"], capture_output=True, text=True, check=True)
    assert done.stdout.startswith(f"cdk {verb} ")
    return frozenset(re.findall(r"(?<![\w-])--?[a-z][\w-]*", done.stdout))


def test_every_program_is_checked() -> None:
    assert {words[0] for words in _commands(GUIDE.read_text())} == OTHERS | {"mlops", "cdk", "make"}


@pytest.mark.parametrize("words", _of("mlops"), ids=" ".join)
def test_commands_of_ours_exist_as_they_are_written(words: list[str]) -> None:
    _refuse_unknown(words)


@pytest.mark.parametrize("words", _of("cdk"), ids=" ".join)
def test_the_cdk_takes_the_options_that_it_is_given(words: list[str]) -> None:
    options = {word for word in words[2:] if word.startswith("-")}
    assert options <= _options_of_cdk(words[1])


def test_targets_of_make_exist() -> None:
    targets = re.findall(r"^(\w+):", (PROJECT / "Makefile").read_text(), re.MULTILINE)
    assert {word for words in _of("make") for word in words[1:]} <= set(targets)


@pytest.mark.parametrize(
    "step",
    [
        *("synth", "prove", "bootstrap-policy", "run training", "models approve", "promote"),
        *("run batch-inference", "schedule resume", "destroy", "package-template"),
    ],
)
def test_no_step_is_left_out(step: str) -> None:
    assert any(" ".join(words).startswith(f"mlops {step} ") for words in _of("mlops"))


def unknown_verbs(page: str) -> list[str]:
    """List the commands of a page that the command line does not have."""
    verbs: dict[str, Any] = getattr(get_command(app), "commands", {})
    found = []
    for verb, second in _VERB.findall(page):
        known = getattr(verbs.get(verb), "commands", None)
        if verb not in verbs or (known and second and second not in known):
            found.append(f"{verb} {second}".strip())
    return found


def test_every_verb_of_every_page_exists() -> None:
    wrong = {page.name: unknown_verbs(page.read_text()) for page in PAGES}
    assert {name: verbs for name, verbs in wrong.items() if verbs} == {}


def test_an_unknown_verb_is_found() -> None:
    assert unknown_verbs("`mlops run x`, `mlops runs lost`\nmlops fly\n") == ["runs lost", "fly"]
