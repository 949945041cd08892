"""CodeCommit's branches, pull requests and their comments, which moto does not have.

The local AWS keeps no git data: a branch is a name and a commit id, so a pull request has no
merge base, and nothing can be merged. Source:
https://docs.aws.amazon.com/codecommit/latest/APIReference/
"""

from __future__ import annotations

import json
import uuid
from typing import TYPE_CHECKING, Any

from pipeline_local.local_aws import determinism, events

if TYPE_CHECKING:
    from collections.abc import Callable

STATE_CHANGE = "CodeCommit Pull Request State Change"
_OPERATIONS = (
    *("create_branch", "get_branch", "create_pull_request", "get_pull_request"),
    *("list_pull_requests", "post_comment_for_pull_request", "get_comments_for_pull_request"),
    *("update_comment", "delete_comment_content"),
)


def install() -> None:
    """Add the operations to moto's CodeCommit."""
    from moto.codecommit.responses import CodeCommitResponse

    for name in _OPERATIONS:
        setattr(CodeCommitResponse, name, _method(globals()[f"_{name}"]))


def _method(answer: Callable[[Any, Any], dict[str, Any]]) -> Callable[[Any], str]:
    def method(self: Any) -> str:
        backend = self.codecommit_backend
        for kept in ("branches", "pull_requests", "comments"):
            if not hasattr(backend, kept):
                setattr(backend, kept, {})
        return json.dumps(answer(backend, self._get_param))

    return method


def _create_branch(backend: Any, get: Any) -> dict[str, Any]:
    repository, branch = get("repositoryName"), get("branchName")
    backend.get_repository(repository)
    if (repository, branch) in backend.branches:
        raise _refused("BranchNameExistsException", f"{branch} exists already")
    backend.branches[repository, branch] = get("commitId")
    return {}


def _get_branch(backend: Any, get: Any) -> dict[str, Any]:
    name = get("branchName")
    commit = _commit(backend, get("repositoryName"), name)
    return {"branch": {"branchName": name, "commitId": commit}}


def _create_pull_request(backend: Any, get: Any) -> dict[str, Any]:
    token = get("clientRequestToken")
    for known in backend.pull_requests.values():
        if token and known["clientRequestToken"] == token:
            return {"pullRequest": known}
    targets = []
    for target in get("targets"):
        repository = target["repositoryName"]
        source, wanted = target["sourceReference"], target.get("destinationReference", "main")
        targets.append(
            {
                "repositoryName": repository,
                "sourceReference": _reference(source),
                "destinationReference": _reference(wanted),
                "sourceCommit": _commit(backend, repository, source),
                "destinationCommit": _commit(backend, repository, wanted),
                "mergeMetadata": {"isMerged": False},
            }
        )
    made = {
        "pullRequestId": str(len(backend.pull_requests) + 1),
        "title": get("title"),
        "description": get("description") or "",
        "lastActivityDate": _now(),
        "creationDate": _now(),
        "pullRequestStatus": "OPEN",
        "authorArn": _caller(backend),
        "pullRequestTargets": targets,
        "clientRequestToken": token or "",
        "revisionId": uuid.uuid4().hex,
        "approvalRules": [],
    }
    backend.pull_requests[made["pullRequestId"]] = made
    events.emit(_created(backend, made))
    return {"pullRequest": made}


def _get_pull_request(backend: Any, get: Any) -> dict[str, Any]:
    return {"pullRequest": _pull_request(backend, get("pullRequestId"))}


def _list_pull_requests(backend: Any, get: Any) -> dict[str, Any]:
    repository, status = get("repositoryName"), get("pullRequestStatus")
    backend.get_repository(repository)
    numbers = [
        number
        for number, known in backend.pull_requests.items()
        if any(target["repositoryName"] == repository for target in known["pullRequestTargets"])
        and status in {None, known["pullRequestStatus"]}
    ]
    return {"pullRequestIds": numbers[::-1]}


def _post_comment_for_pull_request(backend: Any, get: Any) -> dict[str, Any]:
    number = get("pullRequestId")
    _pull_request(backend, number)
    place = {name: get(name) for name in ("repositoryName", "beforeCommitId", "afterCommitId")}
    token = get("clientRequestToken")
    for known in backend.comments.values():
        if token and known["comment"]["clientRequestToken"] == token:
            return dict(known)
    comment = {
        "commentId": str(uuid.uuid4()),
        "content": get("content"),
        "creationDate": _now(),
        "lastModifiedDate": _now(),
        "authorArn": _caller(backend),
        "deleted": False,
        "clientRequestToken": token or "",
    }
    posted = {**place, "pullRequestId": number, "comment": comment}
    backend.comments[comment["commentId"]] = posted
    return posted


def _get_comments_for_pull_request(backend: Any, get: Any) -> dict[str, Any]:
    number = get("pullRequestId")
    _pull_request(backend, number)
    places: dict[tuple[str, ...], dict[str, Any]] = {}
    for posted in backend.comments.values():
        if posted["pullRequestId"] != number:
            continue
        facts = {name: value for name, value in posted.items() if name != "comment"}
        place = places.setdefault(tuple(facts.values()), {**facts, "comments": []})
        place["comments"].append(posted["comment"])
    return {"commentsForPullRequestData": list(places.values())}


def _update_comment(backend: Any, get: Any) -> dict[str, Any]:
    comment = _comment(backend, get("commentId"))
    comment["content"], comment["lastModifiedDate"] = get("content"), _now()
    return {"comment": comment}


def _delete_comment_content(backend: Any, get: Any) -> dict[str, Any]:
    comment = _comment(backend, get("commentId"))
    comment.pop("content", None)
    comment["deleted"], comment["lastModifiedDate"] = True, _now()
    return {"comment": comment}


def _comment(backend: Any, identifier: str) -> dict[str, Any]:
    if identifier not in backend.comments:
        raise _refused("CommentDoesNotExistException", f"comment {identifier} does not exist")
    found: dict[str, Any] = backend.comments[identifier]["comment"]
    if found["deleted"]:
        raise _refused("CommentDeletedException", f"comment {identifier} is deleted")
    return found


def _pull_request(backend: Any, number: str) -> dict[str, Any]:
    if number not in backend.pull_requests:
        raise _refused("PullRequestDoesNotExistException", f"pull request {number} does not exist")
    found: dict[str, Any] = backend.pull_requests[number]
    return found


def _commit(backend: Any, repository: str, reference: str) -> str:
    backend.get_repository(repository)
    branch = reference.removeprefix("refs/heads/")
    if (repository, branch) not in backend.branches:
        raise _refused("BranchDoesNotExistException", f"{repository} has no branch {branch}")
    return str(backend.branches[repository, branch])


def _reference(name: str) -> str:
    return name if name.startswith("refs/") else f"refs/heads/{name}"


def _created(backend: Any, made: dict[str, Any]) -> dict[str, Any]:
    """Build the event pullRequestCreated: CodeCommit User Guide, "Monitoring CodeCommit events"."""
    (target, *_) = made["pullRequestTargets"]
    repository = backend.get_repository(target["repositoryName"])
    detail = {
        "author": made["authorArn"],
        "callerUserArn": made["authorArn"],
        "creationDate": determinism.now().ctime(),
        "description": made["description"],
        "destinationCommit": target["destinationCommit"],
        "destinationReference": target["destinationReference"],
        "event": "pullRequestCreated",
        "isMerged": "False",
        "lastModifiedDate": determinism.now().ctime(),
        "pullRequestId": made["pullRequestId"],
        "pullRequestStatus": "Open",
        "repositoryNames": [target["repositoryName"]],
        "revisionId": made["revisionId"],
        "sourceCommit": target["sourceCommit"],
        "sourceReference": target["sourceReference"],
        "title": made["title"],
    }
    return events.envelope(
        "aws.codecommit",
        STATE_CHANGE,
        account=backend.account_id,
        region=backend.region_name,
        resource=repository["Arn"],
        detail=detail,
    )


def _caller(backend: Any) -> str:
    """Return the caller's ARN as GetCallerIdentity does here."""
    return f"arn:aws:sts::{backend.account_id}:user/moto"


def _now() -> float:
    return determinism.now().timestamp()


def _refused(code: str, message: str) -> Exception:
    from moto.core.exceptions import JsonRESTError

    return JsonRESTError(code, message)
