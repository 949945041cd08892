"""The comment on a CodeCommit pull request, against the API's own model."""

from __future__ import annotations

from typing import Any

import boto3
import pytest
from botocore.stub import Stubber

from mlops.review.pull_request import LONGEST_COMMENT, PullRequest
from mlops.review.reviewing import Review
from mlops.review.words import MARKER, markdown
from mlops_common.errors import MlopsError

NOTHING = Review("revision a", "the working tree", (), (), (), 0.0)
US = "arn:aws:sts::111111111111:assumed-role/secure-mlops-dev-build-review/AWSCodeBuild-1"
EARLIER_US = "arn:aws:sts::111111111111:assumed-role/secure-mlops-dev-build-review/AWSCodeBuild-0"
SOMEBODY = "arn:aws:iam::111111111111:user/somebody"
TARGET = {
    "repositoryName": "secure-mlops",
    "destinationCommit": "d" * 40,
    "sourceCommit": "5" * 40,
    "mergeBase": "b" * 40,
}
REQUEST = {"pullRequest": {"pullRequestId": "7", "pullRequestTargets": [TARGET]}}
POSTED = {
    "pullRequestId": "7",
    "repositoryName": "secure-mlops",
    "beforeCommitId": "d" * 40,
    "afterCommitId": "5" * 40,
    "content": markdown(NOTHING, LONGEST_COMMENT),
}


class Host:
    """Answers of CodeCommit and STS, in their order."""

    def __init__(self) -> None:
        settings = {
            "region_name": "eu-central-1",
            "aws_access_key_id": "-",
            "aws_secret_access_key": "-",
        }
        self.client = boto3.client("codecommit", **settings)
        self.sts = boto3.client("sts", **settings)
        self.codecommit, self.identity = Stubber(self.client), Stubber(self.sts)
        self.identity.add_response("get_caller_identity", {"Arn": US})
        self.codecommit.activate()
        self.identity.activate()

    def comments(self, *comments: dict[str, Any]) -> None:
        data = [{"comments": [each]} for each in comments]
        self.codecommit.add_response(
            "get_comments_for_pull_request",
            {"commentsForPullRequestData": data},
            {"pullRequestId": "7"},
        )

    def post(self) -> str:
        told = PullRequest("7", self.client, self.sts).post(NOTHING)
        self.codecommit.assert_no_pending_responses()
        return told


@pytest.fixture
def host() -> Host:
    return Host()


def _comment(author: str, content: str) -> dict[str, Any]:
    return {"commentId": "c1", "authorArn": author, "content": content, "deleted": False}


def test_the_first_review_is_a_new_comment(host: Host) -> None:
    host.comments(_comment(SOMEBODY, f"{MARKER} not ours"), _comment(US, "something else"))
    host.codecommit.add_response("get_pull_request", REQUEST, {"pullRequestId": "7"})
    host.codecommit.add_response("post_comment_for_pull_request", {}, POSTED)
    assert host.post() == "a comment is posted"


def test_the_next_one_takes_its_place(host: Host) -> None:
    host.comments(_comment(US, f"{MARKER}\nold"))
    update = {"commentId": "c1", "content": POSTED["content"]}
    host.codecommit.add_response("update_comment", {}, update)
    assert host.post() == "its comment is updated"


def test_one_that_says_the_same_stays(host: Host) -> None:
    host.comments(_comment(US, POSTED["content"]))
    assert host.post() == "its comment is up to date"


def test_what_an_earlier_session_wrote_is_taken_away(host: Host) -> None:
    host.comments(_comment(EARLIER_US, f"{MARKER}\nold"))
    host.codecommit.add_client_error("update_comment", "CommentNotCreatedByCallerException")
    host.codecommit.add_response("get_pull_request", REQUEST, {"pullRequestId": "7"})
    host.codecommit.add_response("post_comment_for_pull_request", {}, POSTED)
    host.codecommit.add_response("delete_comment_content", {}, {"commentId": "c1"})
    assert host.post() == "a new comment replaces the last one"


def test_the_base_is_where_its_branch_started(host: Host) -> None:
    host.codecommit.add_response("get_pull_request", REQUEST, {"pullRequestId": "7"})
    assert PullRequest("7", host.client, host.sts).base == "b" * 40


def test_a_review_that_ends_after_newer_commits_came_says_nothing(host: Host) -> None:
    for reviewed, told in (("4" * 40, "no comment: it has newer commits"), ("5" * 40, "a comment")):
        host.codecommit.add_response("get_pull_request", REQUEST, {"pullRequestId": "7"})
        if reviewed == TARGET["sourceCommit"]:
            host.comments()
            host.codecommit.add_response("get_pull_request", REQUEST, {"pullRequestId": "7"})
            host.codecommit.add_response("post_comment_for_pull_request", {}, POSTED)
        request = PullRequest("7", host.client, host.sts, commit=reviewed)
        assert request.post(NOTHING).startswith(told)
        host.codecommit.assert_no_pending_responses()


def test_one_that_is_not_there(host: Host) -> None:
    host.codecommit.add_client_error("get_pull_request", "PullRequestDoesNotExistException")
    with pytest.raises(MlopsError, match="no such pull request"):
        _ = PullRequest("7", host.client, host.sts).base
