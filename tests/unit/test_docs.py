"""Every reference in the pages and in the code leads somewhere."""

from __future__ import annotations

import re
import subprocess
from pathlib import Path

import pytest

PROJECT = Path(__file__).parents[2]
_FENCE = re.compile(r"^```.*?^```", re.MULTILINE | re.DOTALL)
_LINK = re.compile(r"\[[^\]]*\]\(([^)\s]+)\)")
_HEADING = re.compile(r"^#+ +(.+)$", re.MULTILINE)
_DECISION_FILE = re.compile(r"docs/decisions/[\w-]+\.md")
# What a reader of docs/customise.md creates, and the settings, which are the adopter's.
_NOT_OURS = re.compile(r"pipeline_definitions/tumours/|environments/\w+\.yaml")
_MODULE = re.compile(r"`(\w+\.py)`")
_DECISION = re.compile(r"\bdecisions? (\d+(?:(?:, | and )\d+)*)", re.IGNORECASE)
# A path of the project in backticks, without placeholders (upper case) and what git ignores.
_PATH = re.compile(
    r"`{1,2}((?:packages|stacks|constructs|environments|pipeline_definitions|processing_code"
    r"|functions|tests|docs|examples|tools|benchmarks)/(?!\w*[A-Z]{3})[\w./-]+)`"
)


def _tracked(*patterns: str) -> list[Path]:
    command = ["git", "ls-files", "--cached", "--others", "--exclude-standard", *patterns]
    listed = subprocess.run(command, cwd=PROJECT, capture_output=True, text=True, check=True)
    return [PROJECT / name for name in listed.stdout.split() if (PROJECT / name).is_file()]


PAGES = _tracked("*.md")
# Without this file, whose examples are wrong, and the settings, which are the adopter's.
SOURCES = [
    file
    for file in _tracked("*.py", "*.yaml", "*.yml", "*.toml")
    if file != Path(__file__)
    and (file.parent != PROJECT / "environments" or file.suffix != ".yaml")
]
TEXTS = [*PAGES, *SOURCES]


def anchor(heading: str) -> str:
    """Render a heading's anchor as GitHub does."""
    plain = re.sub(r"[`*]", "", re.sub(r"\[([^\]]*)\]\([^)]*\)", r"\1", heading)).strip().lower()
    return re.sub(r"[^\w\- ]", "", plain).replace(" ", "-")


def broken_links(page: Path, text: str) -> list[str]:
    """List the links of a page that lead to no file or heading of the project."""
    found = []
    for link in _LINK.findall(_FENCE.sub("", text)):
        path, _, fragment = link.partition("#")
        if re.match(r"[a-z]+:", path):
            continue
        target = (page.parent / path).resolve() if path else page
        if not target.exists():
            found.append(link)
        elif fragment and target.suffix == ".md":
            headings = _HEADING.findall(_FENCE.sub("", target.read_text()))
            if fragment not in map(anchor, headings):
                found.append(link)
    return found


def missing_paths(text: str) -> list[str]:
    """List the cited paths that are not in the project."""
    cited = {*_PATH.findall(text), *_DECISION_FILE.findall(text)}
    return sorted(
        path
        for path in cited
        if not _NOT_OURS.match(path) and not (PROJECT / path.rstrip("./")).exists()
    )


def missing_modules(text: str) -> list[str]:
    """List the Python files that a text cites by name alone and that are not in the project."""
    names = {file.name for file in SOURCES}
    return sorted({each for each in _MODULE.findall(text) if each not in names})


def missing_decisions(text: str) -> list[str]:
    """List the decisions that a text cites and that do not exist."""
    numbers = [each for cited in _DECISION.findall(text) for each in re.findall(r"\d+", cited)]
    folder = PROJECT / "docs" / "decisions"
    return [each for each in numbers if not list(folder.glob(f"{int(each):04}-*.md"))]


@pytest.mark.example
@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(PROJECT)))
def test_every_link_and_module_of_a_page_exists(page: Path) -> None:
    text = page.read_text()
    assert broken_links(page, text) == []
    # The guide of an upgrade names what is gone.
    assert page.name == "upgrade.md" or missing_modules(text) == []


@pytest.mark.example
def test_every_path_and_decision_that_is_cited_exists() -> None:
    wrong = {}
    for file in TEXTS:
        text = file.read_text()
        missing = [*missing_paths(text), *missing_decisions(text)]
        if missing:
            wrong[str(file.relative_to(PROJECT))] = missing
    assert wrong == {}


def test_a_wrong_reference_is_found() -> None:
    page = PROJECT / "README.md"
    assert broken_links(page, "[a](nothing.md) [b](docs/security.md#nothing)") == [
        "nothing.md",
        "docs/security.md#nothing",
    ]
    assert missing_paths("`packages/nothing.py` and `stacks/platform.py`") == [
        "packages/nothing.py"
    ]
    assert missing_modules("`platform.py`, `nothing.py`") == ["nothing.py"]
    assert missing_decisions("see decision 7 and decisions 3, 99") == ["99"]


def test_the_glossary_is_in_order_and_defines_what_is_used() -> None:
    page = PROJECT / "docs" / "glossary.md"
    words = re.findall(r"^\| (?!word|---)(.+?) \|", page.read_text(), re.MULTILINE)
    assert words == sorted(set(words))
    others = " ".join(" ".join(each.read_text().lower().split()) for each in TEXTS if each != page)
    assert [word for word in words if word not in others] == []
