"""`CONTRIBUTING.md` names the usual things, each with few files that exist; its commands exist."""

from __future__ import annotations

import re
import shlex

import pytest

from tests.synthesis import PROJECT

PAGE = (PROJECT / "CONTRIBUTING.md").read_text()
USUAL = ("An endpoint", "A bucket", "An alarm", "A step type", "A promise", "A setting", "A right")
MOST_FILES = 3


def files_named(page: str) -> dict[str, list[str]]:
    """List the table rows of each of the usual things, by its heading."""
    _, _, rest = page.partition("## Add one of the usual things\n")
    sections = re.split(r"^### ", rest, flags=re.MULTILINE)[1:]
    rows = re.compile(r"^\| (?!file |---)(.*?) \|", re.MULTILINE)
    return {each.partition("\n")[0]: rows.findall(each) for each in sections}


def missing(rows: list[str]) -> list[str]:
    """List the paths that do not exist; of a new file, marked by <…>, its folder has to."""
    paths = [path for row in rows for path in re.findall(r"`([\w./<>-]+)`", row)]
    existing = [path.rpartition("/")[0] if "<" in path else path for path in paths]
    return [path for path in existing if not (PROJECT / path).exists()]


def test_all_usual_things_are_there() -> None:
    assert tuple(files_named(PAGE)) == USUAL


@pytest.mark.parametrize("thing", USUAL)
def test_each_takes_few_files_that_exist(thing: str) -> None:
    rows = files_named(PAGE)[thing]
    assert 1 <= len(rows) <= MOST_FILES
    assert missing(rows) == []


def test_a_file_that_does_not_exist_is_seen() -> None:
    table = "| file | edit |\n|---|---|\n| `stacks/NONE.py` | x |\n"
    page = f"## Add one of the usual things\n### A\n{table}"
    assert files_named(page) == {"A": ["`stacks/NONE.py`"]}
    assert missing(["`stacks/NONE.py`", "`nowhere/<type>.py`", "`stacks/<name>.py`"]) == [
        "stacks/NONE.py",
        "nowhere",
    ]


def test_its_commands_exist() -> None:
    blocks = "".join(re.findall(r"^```console\n(.*?)^```$", PAGE, re.MULTILINE | re.DOTALL))
    commands = [shlex.split(line, comments=True) for line in blocks.splitlines()]
    targets = re.findall(r"^(\w+):", (PROJECT / "Makefile").read_text(), re.MULTILINE)
    assert {words[1] for words in commands if words[0] == "make"} <= set(targets)
    paths = [word for words in commands for word in words if word.startswith("tests/")]
    assert len(paths) > 2
    assert [path for path in paths if not (PROJECT / path).exists()] == []
