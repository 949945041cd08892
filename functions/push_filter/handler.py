"""A filter that starts a delivery for a push to CodeCommit beyond ignored files.

CodePipeline's own filters of paths exist for connections only, and an event of CodeCommit names
the commits, not the files. So the two commits are compared here, as those filters would: a push
starts the delivery unless every file that it changes matches one of the ignored patterns.
"""

from __future__ import annotations

import logging
import os
import re
from typing import TYPE_CHECKING, Any

import boto3

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

logger = logging.getLogger()
logger.setLevel(logging.INFO)

SOURCE = "Source"
_WILDCARDS = {"**": ".*", "*": "[^/]*", "?": "[^/]"}
_PARTS = re.compile(r"\*\*/?|\*|\?|\{[^{}]*\}|\[[^\]]+\]|.")


def handle(event: dict[str, Any], context: object) -> dict[str, str | None]:
    """Compare the commits of a push, and start the delivery if a file matters.

    The event is EventBridge's "CodeCommit Repository State Change" of a branch. The result, for the
    log, is the commit, the first file that mattered and the execution, None where nothing did.
    """
    del context
    detail = event["detail"]
    commit, before = detail["commitId"], detail.get("oldCommitId")
    patterns = os.environ["IGNORED_PATHS"].split("\n")
    changes = changed_paths(detail["repositoryName"], before, commit) if before else iter(["/"])
    first = first_that_matters(changes, patterns)
    execution = None
    if first is not None:
        execution = start(os.environ["PIPELINE"], commit, str(event["id"]))
    logger.info("%s: %s changed, execution %s", commit, first or "nothing that matters", execution)
    return {"commit": commit, "changed": first, "execution": execution}


def changed_paths(repository: str, before: str, after: str) -> Iterator[str]:
    """List the files in which two commits differ, by old and new path."""
    pages = boto3.client("codecommit").get_paginator("get_differences")
    for page in pages.paginate(
        repositoryName=repository, beforeCommitSpecifier=before, afterCommitSpecifier=after
    ):
        for difference in page["differences"]:
            for side in ("beforeBlob", "afterBlob"):
                if side in difference:
                    yield difference[side]["path"]


def first_that_matters(paths: Iterable[str], patterns: Iterable[str]) -> str | None:
    """Find a path that no pattern ignores; ``**`` crosses folders, ``*`` and ``?`` do not."""
    ignored = [re.compile(as_expression(pattern)) for pattern in patterns if pattern]
    return next((path for path in paths if not any(each.fullmatch(path) for each in ignored)), None)


def as_expression(pattern: str) -> str:
    """Turn a Git file pattern into a regular expression."""
    return "".join(_expression_of(part) for part in _PARTS.findall(pattern))


def _expression_of(part: str) -> str:
    if part == "**/":
        return "(?:.*/)?"
    if part in _WILDCARDS:
        return _WILDCARDS[part]
    if part.startswith("{"):
        return f"(?:{'|'.join(as_expression(each) for each in part[1:-1].split(','))})"
    if part.startswith("[") and len(part) > 1:
        inside = part[1:-1].replace("\\", "\\\\")
        return f"[^/{inside[1:]}]" if inside.startswith("!") else f"[{inside}]"
    return re.escape(part)


def start(pipeline: str, commit: str, push: str) -> str:
    """Start the delivery of one push, once for each event.

    A commit can be pushed again, where a branch is reset to it; then it is to be delivered again.
    """
    answer = boto3.client("codepipeline").start_pipeline_execution(
        name=pipeline,
        clientRequestToken=push,
        sourceRevisions=[
            {"actionName": SOURCE, "revisionType": "COMMIT_ID", "revisionValue": commit}
        ],
    )
    return str(answer["pipelineExecutionId"])
