"""A push starts a delivery unless it changes ignored files only."""

from __future__ import annotations

import importlib.util
from typing import TYPE_CHECKING, Any

import pytest

from environments.delivery import DeliverySettings
from tests.synthesis import PROJECT

if TYPE_CHECKING:
    from collections.abc import Iterator
    from types import ModuleType

EVENT = "7f0e2a4c-0d0c-4f6e-9a52-0c6d2f1b8a11"
PATTERNS = DeliverySettings().ignored_paths


@pytest.fixture
def handler() -> ModuleType:
    path = PROJECT / "functions" / "push_filter" / "handler.py"
    spec = importlib.util.spec_from_file_location("push_filter_handler", path)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


class Git:
    """CodeCommit and CodePipeline, as far as the function asks them."""

    def __init__(self, *pages: list[tuple[str | None, str | None]]) -> None:
        self.pages, self.started, self.asked = pages, [], []  # type: ignore[var-annotated]

    def get_paginator(self, name: str) -> Git:
        assert name == "get_differences"
        return self

    def paginate(self, **asked: str) -> Iterator[dict[str, Any]]:
        self.asked.append(asked)
        for page in self.pages:
            yield {
                "differences": [
                    {
                        **({"beforeBlob": {"path": before}} if before else {}),
                        **({"afterBlob": {"path": after}} if after else {}),
                    }
                    for before, after in page
                ]
            }

    def start_pipeline_execution(self, **given: Any) -> dict[str, str]:
        self.started.append(given)
        return {"pipelineExecutionId": "id"}


def _push(
    handler: ModuleType, git: Git, monkeypatch: pytest.MonkeyPatch, before: str | None = "b"
) -> dict[str, str | None]:
    monkeypatch.setattr(handler.boto3, "client", lambda _service: git)
    monkeypatch.setenv("IGNORED_PATHS", "\n".join(PATTERNS))
    monkeypatch.setenv("PIPELINE", "deliver")
    detail = {"repositoryName": "secure-mlops", "commitId": "a"}
    if before:
        detail["oldCommitId"] = before
    answer: dict[str, str | None] = handler.handle({"id": EVENT, "detail": detail}, None)
    return answer


def test_documentation_starts_nothing(handler: ModuleType, monkeypatch: pytest.MonkeyPatch) -> None:
    changes = [("docs/security.md", "docs/security.md"), (None, "docs/decisions/0007-perimeter.md")]
    git = Git(changes, [("README.md", "README.md"), ("LICENSE", None)])
    assert _push(handler, git, monkeypatch)["execution"] is None
    assert git.started == []
    wanted = {"beforeCommitSpecifier": "b", "afterCommitSpecifier": "a"}
    assert git.asked == [{"repositoryName": "secure-mlops", **wanted}]


@pytest.mark.parametrize(
    "change",
    [
        ("stacks/keys.py", "stacks/keys.py"),
        ("processing_code/train.py", None),
        ("processing_code/README.md", "processing_code/README.md"),  # travels with the code
        ("docs/x.md", "stacks/x.md"),  # a move is a change of both places
    ],
)
def test_anything_else_starts_a_delivery_of_that_commit(
    handler: ModuleType, monkeypatch: pytest.MonkeyPatch, change: tuple[str | None, str | None]
) -> None:
    git = Git([("docs/a.md", "docs/a.md")], [change])
    assert _push(handler, git, monkeypatch)["execution"] == "id"
    (started,) = git.started
    assert started["name"] == "deliver"
    # Asked again after a failure, CodePipeline starts the same execution, not another one. A branch
    # that is put back to an older commit is another push, and delivered again.
    assert started["clientRequestToken"] == EVENT
    (revision,) = started["sourceRevisions"]
    assert revision == {
        "actionName": "Source",
        "revisionType": "COMMIT_ID",
        "revisionValue": "a",
    }


def test_a_new_branch_is_delivered_without_comparing(
    handler: ModuleType, monkeypatch: pytest.MonkeyPatch
) -> None:
    git = Git()
    assert _push(handler, git, monkeypatch, before=None)["execution"] == "id"
    assert git.asked == []


@pytest.mark.parametrize(
    ("pattern", "matching", "other"),
    [
        ("docs/**", ["docs/a.md", "docs/a/b.txt"], ["docs.md", "x/docs/a.md"]),
        ("*.md", ["README.md"], ["a/README.md", "README.mdx", "READMEXmd"]),
        ("**/*.md", ["README.md", "a/b/README.md"], ["a/b.txt"]),
        ("a?.{md,txt}", ["ab.md", "ac.txt"], ["a.md", "a/.md", "ab.rst"]),
        ("[!a]x", ["bx"], ["ax", "/x"]),
        ("a+(b).md", ["a+(b).md"], ["aab.md"]),
    ],
)
def test_patterns_are_those_of_git(
    handler: ModuleType, pattern: str, matching: list[str], other: list[str]
) -> None:
    for path in matching:
        assert handler.first_that_matters([path], [pattern]) is None, path
    for path in other:
        assert handler.first_that_matters([path], [pattern]) == path
