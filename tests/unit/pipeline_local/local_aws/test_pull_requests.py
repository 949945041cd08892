"""Pull requests of CodeCommit, as the review's comment and its rule need them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
from botocore.exceptions import ClientError

if TYPE_CHECKING:
    from pipeline_local.aws import Aws


@pytest.fixture
def client(aws: Aws, name: str) -> Any:
    """A repository of this test's own, with two branches."""
    client = aws.client("codecommit")
    client.create_repository(repositoryName=name)
    for branch, commit in (("main", "a" * 40), ("change", "b" * 40)):
        client.create_branch(repositoryName=name, branchName=branch, commitId=commit)
    return client


def _open(client: Any, name: str) -> Any:
    target = {
        "repositoryName": name,
        "sourceReference": "change",
        "destinationReference": "main",
    }
    return client.create_pull_request(title="Change", targets=[target])["pullRequest"]


def _comments(client: Any, number: str) -> list[Any]:
    pages = client.get_paginator("get_comments_for_pull_request").paginate(pullRequestId=number)
    return [
        comment
        for page in pages
        for place in page["commentsForPullRequestData"]
        for comment in place["comments"]
    ]


def test_a_pull_request_knows_its_commits(client: Any, name: str) -> None:
    made = _open(client, name)
    found = client.get_pull_request(pullRequestId=made["pullRequestId"])["pullRequest"]
    (target,) = found["pullRequestTargets"]
    assert (target["sourceCommit"], target["destinationCommit"]) == ("b" * 40, "a" * 40)
    assert target["destinationReference"] == "refs/heads/main"
    assert found["pullRequestStatus"] == "OPEN"
    listed = client.list_pull_requests(repositoryName=name, pullRequestStatus="OPEN")
    assert listed["pullRequestIds"] == [made["pullRequestId"]]


def test_a_comment_is_posted_changed_and_deleted(client: Any, name: str, aws: Aws) -> None:
    number = _open(client, name)["pullRequestId"]
    posted = client.post_comment_for_pull_request(
        pullRequestId=number,
        repositoryName=name,
        beforeCommitId="a" * 40,
        afterCommitId="b" * 40,
        content="first",
        clientRequestToken="once",
    )["comment"]
    me = aws.client("sts").get_caller_identity()["Arn"]
    assert (posted["content"], posted["authorArn"]) == ("first", me)
    client.update_comment(commentId=posted["commentId"], content="second")
    assert [comment["content"] for comment in _comments(client, number)] == ["second"]
    client.delete_comment_content(commentId=posted["commentId"])
    assert [comment["deleted"] for comment in _comments(client, number)] == [True]
    with pytest.raises(client.exceptions.CommentDeletedException):
        client.update_comment(commentId=posted["commentId"], content="third")


@pytest.mark.parametrize(
    ("operation", "request_", "code"),
    [
        ("get_pull_request", {"pullRequestId": "999"}, "PullRequestDoesNotExist"),
        ("update_comment", {"commentId": "no", "content": "x"}, "CommentDoesNotExist"),
    ],
)
def test_missing_resources_are_refused(
    client: Any, operation: str, request_: dict[str, str], code: str
) -> None:
    with pytest.raises(ClientError, match=code):
        getattr(client, operation)(**request_)
