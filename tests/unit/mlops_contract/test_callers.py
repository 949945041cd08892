"""The table of callers, and the commands that README and docs have people type."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import pytest

from mlops_contract.callers import NOT_PROVIDED, Callers, callers
from stacks.charter_table import read_table
from tests.synthesis import PROJECT

if TYPE_CHECKING:
    from collections.abc import Iterator

# What the tour has people type is for the local AWS.
PAGES = (
    "README.md",
    *(f"docs/{name}.md" for name in ("adopt", "customise", "operations", "trigger")),
)
_BLOCK = re.compile(r"```(?:console|bash)\n(.*?)```", re.DOTALL)
_COMMAND = re.compile(
    r"(?:[A-Z]+=\$\()?(?P<text>(?:aws|cdk|eval|git|make|mlops|python|run-pipeline) .*)"
)


def typed(page: str) -> Iterator[str]:
    for block in _BLOCK.findall((PROJECT / page).read_text(encoding="utf-8")):
        for line in block.replace("\\\n", " ").splitlines():
            if found := _COMMAND.match(line.strip()):
                yield found["text"]


def known(table: Callers) -> tuple[str, ...]:
    rows = [work for name in table.roles for work in table.of(name)]
    ours = (command for work in rows for command in work.commands)
    return (*ours, *(each for group in table.elsewhere.values() for each in group))


@pytest.mark.parametrize("page", PAGES)
def test_somebody_may_run_every_command_of_a_page(page: str) -> None:
    commands = list(typed(page))
    assert commands
    table = callers()
    unknown = [
        each for each in commands if "--local" not in each and not each.startswith(known(table))
    ]
    assert unknown == []


def test_a_command_without_a_row_is_found() -> None:
    assert not "aws sagemaker delete-pipeline --pipeline-name x".startswith(known(callers()))


def test_every_role_with_a_charter_has_a_row() -> None:
    assert set(read_table().roles) == set(callers().roles)


def test_what_is_not_provided_is_on_the_page() -> None:
    page = (PROJECT / "docs" / "security.md").read_text(encoding="utf-8")
    table = callers()
    gaps = [work for name in table.roles for work in table.of(name) if work.status == NOT_PROVIDED]
    assert gaps
    for work in gaps:
        assert f"| {NOT_PROVIDED} | {work.work} |" in page


def test_rows_are_of_environments_with_a_role_of_the_table() -> None:
    table = callers()
    named = {work.where for name in table.roles for work in table.of(name)}
    assert named > {""}
    assert named - {""} <= set(table.roles)


def test_every_row_has_a_source_and_stands_once() -> None:
    table = callers()
    for name in table.roles:
        works = [each.work for each in table.of(name)]
        assert len(works) == len(set(works))
        assert all(each.source for each in table.of(name))
