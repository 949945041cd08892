"""A review as a comment on a CodeCommit pull request, updated in place."""

from __future__ import annotations

from functools import cached_property
from typing import TYPE_CHECKING, Any

from mlops.review.words import MARKER, markdown
from mlops_common.errors import MlopsError

if TYPE_CHECKING:
    from mlops.review.reviewing import Review

# CodeCommit user guide, "Quotas": the characters of a comment.
LONGEST_COMMENT = 10_240


class PullRequest:
    """A pull request of CodeCommit; `commit` is the reviewed one, empty for the newest."""

    def __init__(
        self, identifier: str, client: Any = None, sts: Any = None, *, commit: str = ""
    ) -> None:
        import boto3

        self._identifier, self._commit = identifier, commit
        self._client = client or boto3.client("codecommit")
        self._sts = sts or boto3.client("sts")

    @property
    def base(self) -> str:
        """Return the commit that its branch started from, or else the one it merges into."""
        return str(self._target.get("mergeBase") or self._target["destinationCommit"])

    def post(self, review: Review) -> str:
        """Post or update the comment with a review, and return what was done."""
        if self._commit and self._look_up()["sourceCommit"] != self._commit:
            return (
                f"no comment: it has newer commits than {self._commit}, with a review of their own"
            )
        content = markdown(review, LONGEST_COMMENT)
        own = self._own_comments()
        if own and own[-1]["content"] == content:
            return "its comment is up to date"
        if own and self._updated(own[-1]["commentId"], content):
            return "its comment is updated"
        self._client.post_comment_for_pull_request(
            pullRequestId=self._identifier,
            repositoryName=self._target["repositoryName"],
            beforeCommitId=self._target["destinationCommit"],
            afterCommitId=self._target["sourceCommit"],
            content=content,
        )
        # Only its author may change a comment, and to CodeCommit another session of one role is
        # another author; comments of earlier sessions are deleted instead.
        kept = [each for each in own if not self._deleted(each["commentId"])]
        if not own:
            return "a comment is posted"
        denied = (
            "a comment is posted; an older one stays: codecommit:DeleteCommentContent is denied"
        )
        return denied if kept else "a new comment replaces the last one"

    def _deleted(self, comment: str) -> bool:
        from botocore.exceptions import ClientError

        try:
            self._client.delete_comment_content(commentId=comment)
        except ClientError as error:
            if error.response["Error"]["Code"] != "AccessDeniedException":
                raise
            return False
        return True

    def _updated(self, comment: str, content: str) -> bool:
        try:
            self._client.update_comment(commentId=comment, content=content)
        except self._client.exceptions.CommentNotCreatedByCallerException:
            return False
        return True

    @cached_property
    def _target(self) -> dict[str, Any]:
        return self._look_up()

    def _look_up(self) -> dict[str, Any]:
        try:
            found = self._client.get_pull_request(pullRequestId=self._identifier)["pullRequest"]
        except (
            self._client.exceptions.PullRequestDoesNotExistException,
            self._client.exceptions.InvalidPullRequestIdException,
        ):
            raise MlopsError(
                f"--pull-request {self._identifier}: CodeCommit has no such pull request"
            ) from None
        (target, *_) = found["pullRequestTargets"]
        return dict(target)

    def _own_comments(self) -> list[dict[str, Any]]:
        pages = self._client.get_paginator("get_comments_for_pull_request")
        reviews = [
            each
            for page in pages.paginate(pullRequestId=self._identifier)
            for place in page["commentsForPullRequestData"]
            for each in place["comments"]
            if not each.get("deleted") and each.get("content", "").startswith(MARKER)
        ]
        us = _without_session(self._sts.get_caller_identity()["Arn"]) if reviews else ""
        return [each for each in reviews if _without_session(each.get("authorArn", "")) == us]


def _without_session(arn: str) -> str:
    """Return the role of an assumed role's ARN; any other ARN unchanged."""
    return arn.rpartition("/")[0] if ":assumed-role/" in arn else arn
