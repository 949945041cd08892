"""Patches of moto's CodeCommit: keys and tags of repositories, and their changes."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from pipeline_local.local_aws.moto_patches import around, put

if TYPE_CHECKING:
    from collections.abc import Callable


def install() -> None:
    """Apply all patches below."""
    repositories_answer_in_full()
    repositories_can_be_updated()
    repositories_have_tags()


def repositories_answer_in_full() -> None:
    """Keep the key and the tags of a new repository; moto drops both."""
    from moto.codecommit.responses import CodeCommitResponse

    def create(known: Callable[..., Any], self: Any) -> str:
        answer: str = known(self)
        made = self.codecommit_backend.repositories[self._get_param("repositoryName")]
        if key := self._get_param("kmsKeyId"):
            made.repository_metadata["kmsKeyId"] = key
        made.tags = self._get_param("tags") or {}
        return answer

    around(CodeCommitResponse, "create_repository", create)


def repositories_can_be_updated() -> None:
    """Answer the updates of a repository's description, key and name, which moto does not know."""
    from moto.codecommit.exceptions import RepositoryNameExistsException
    from moto.codecommit.responses import CodeCommitResponse

    def updating(name: str) -> Callable[[Any], str]:
        def update(self: Any) -> str:
            backend = self.codecommit_backend
            found = backend.get_repository(self._get_param("repositoryName"))
            found[name] = self._get_param(name) or ""
            return json.dumps({"repositoryId": found["repositoryId"]})

        return update

    def rename(self: Any) -> str:
        backend, new = self.codecommit_backend, self._get_param("newName")
        old = self._get_param("oldName")
        found = backend.get_repository(old)
        if new in backend.repositories:
            raise RepositoryNameExistsException(new)
        for member in ("Arn", "cloneUrlHttp", "cloneUrlSsh"):
            found[member] = found[member].removesuffix(old) + new
        found["repositoryName"] = new
        backend.repositories[new] = backend.repositories.pop(old)
        return "{}"

    describe, encrypt = updating("repositoryDescription"), updating("kmsKeyId")
    put(CodeCommitResponse, "update_repository_description", describe)
    put(CodeCommitResponse, "update_repository_encryption_key", encrypt)
    put(CodeCommitResponse, "update_repository_name", rename)


def repositories_have_tags() -> None:
    """Answer the operations of tags, which moto does not know."""
    from moto.codecommit.exceptions import RepositoryDoesNotExistException
    from moto.codecommit.responses import CodeCommitResponse

    def tags(self: Any) -> dict[str, str]:
        arn = self._get_param("resourceArn")
        for repository in self.codecommit_backend.repositories.values():
            if repository.repository_metadata["Arn"] == arn:
                found: dict[str, str] = repository.__dict__.setdefault("tags", {})
                return found
        raise RepositoryDoesNotExistException(arn.rpartition(":")[2])

    def list_tags(self: Any) -> str:
        return json.dumps({"tags": tags(self)})

    def tag(self: Any) -> str:
        tags(self).update(self._get_param("tags"))
        return ""

    def untag(self: Any) -> str:
        for key in self._get_param("tagKeys"):
            tags(self).pop(key, None)
        return ""

    put(CodeCommitResponse, "list_tags_for_resource", list_tags)
    put(CodeCommitResponse, "tag_resource", tag)
    put(CodeCommitResponse, "untag_resource", untag)
