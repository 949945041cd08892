"""The buildspec files: ours to run, and given all that they ask for."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import pytest

from environments import delivered_environments, load_environment
from pipeline_local.builds.buildspec import read_buildspec
from tests.synthesis import PROJECT

if TYPE_CHECKING:
    from pipeline_local.builds.buildspec import Buildspec

NAMES = ("train", "inference", "review")
# A command is one of these: our tools, and what sets them up.
OURS = (".venv/bin/mlops ", "python3 tools/sign_in.py ", "python3 tools/set_up.py")
PLAIN = ("mkdir -p build/", "cat build/")
_VARIABLE = re.compile(r"\$\{?([A-Z_a-z]+)")


def _spec(name: str) -> Buildspec:
    return read_buildspec(PROJECT / f"buildspec-{name}.yml")


def _commands(spec: Buildspec) -> list[str]:
    return [command for phase in spec.phases.values() for command in phase.commands]


@pytest.mark.parametrize("name", NAMES)
def test_commands_are_ours_rather_than_programs_in_shell(name: str) -> None:
    for command in _commands(_spec(name)):
        plain = re.sub(r'^export \w+="\$\((.*)\)"$', r"\1", command)
        assert plain.startswith((*OURS, *PLAIN)), command
        assert not set("|;&`") & set(plain), command


@pytest.mark.parametrize("name", NAMES)
def test_every_variable_has_a_value(name: str) -> None:
    spec = _spec(name)
    for command in _commands(spec):
        for variable in _VARIABLE.findall(command.partition("=")[2] or command):
            assert variable in spec.variables or variable.startswith("CODEBUILD_"), variable


def test_projects_give_the_files_what_they_ask_for() -> None:
    from stacks.delivery_builds import build_works

    settings = load_environment("dev")
    works = build_works(settings, delivered_environments(settings), "https://x")
    assert {work.buildspec for work in works.values()} == {
        f"buildspec-{name}.yml" for name in NAMES
    }
    for work in works.values():
        declared = read_buildspec(PROJECT / work.buildspec).variables
        unknown = set(work.environment) - set(declared) - {"ENVIRONMENT", "ENVIRONMENTS"}
        assert unknown == set(), work.description
    parts = {work.environment.get("PARTS") for work in works.values()} - {None}
    assert parts == {"verify", "deploy", "train"}
