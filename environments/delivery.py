"""The delivery of changes in an environment file."""

from __future__ import annotations

import re
from typing import Annotated, Literal

from pydantic import BaseModel, Field, ValidationInfo, field_validator

from environments.checks import STRICT, Texts, matching, refuse_duplicates, refuse_others

_CONNECTION = re.compile(
    r"arn:aws[a-z-]*:(codeconnections|codestar-connections):[a-z0-9-]+:[0-9]{12}:connection/[0-9a-f-]{36}"
)
_CODECOMMIT_NAME = re.compile(r"[\w.-]{1,100}")
_FULL_NAME = re.compile(r"[\w.-]+(/[\w.-]+)+")
_BRANCH = re.compile(r"[\w./-]{1,256}")
# Git file patterns, as triggers of CodePipeline take them.
_PATTERN = re.compile(r"[\w.*?/{},\[\]-]{1,255}")
MOST_PATTERNS = 8  # of one filter (CodePipeline API Reference, GitFilePathFilterCriteria)

Approval = Literal["manual", "policy"]


class PromotionSettings(BaseModel):
    """An environment that a delivery goes on to.

    Parameters
    ----------
    approval : {"manual", "policy"}
        What the delivery waits for: a person in CodePipeline, or a rule: the quality gate of the
        training run has approved the model that it registered. A person unless given.
    smoke_batch : bool
        Whether a batch is scored there after the deployment, which goes back if that fails. Only in
        an environment of the same account: builds start nothing in another one.
    """

    model_config = STRICT

    environment: str
    approval: Approval = "manual"
    smoke_batch: bool = False


class DeliverySettings(BaseModel):
    """The repository and the builds that an environment has; only one of a platform needs them.

    Parameters
    ----------
    repository : str
        Name of the CodeCommit repository that is made; with `connection_arn` the full name of one
        elsewhere, such as ``my-organization/secure-mlops``.
    connection_arn : str, optional
        A connection of CodeConnections to GitHub, GitLab or Bitbucket, which somebody has
        confirmed in the console. CodeCommit unless given.
    ignored_paths : tuple of str
        Patterns of files whose change alone starts nothing: up to eight.
    promotions : tuple of PromotionSettings
        Where a delivery goes on to after this environment, in order. A stage that fails goes back
        to what it deployed before.
    contributors : tuple of str
        ARNs of roles of this account that clone, push and review. Only for a repository of
        CodeCommit, whose key is for roles that its policy names. None unless given.
    build_hours : int
        Hours after which a build that hangs is ended; waiting for a training run counts.
    """

    model_config = STRICT

    repository: str = "secure-mlops"
    connection_arn: Annotated[str | None, Field(validate_default=True)] = None
    branch: Annotated[str, matching(_BRANCH, "is not the name of a branch")] = "main"
    ignored_paths: Texts = (*("docs/**", "*.md", "LICENSE"),)
    promotions: Annotated[tuple[PromotionSettings, ...], Field(strict=False)] = ()
    contributors: Texts = ()
    build_hours: Annotated[int, Field(ge=1, le=36)] = 4

    @field_validator("connection_arn")
    @classmethod
    def _is_a_connection(cls, value: str | None, info: ValidationInfo) -> str | None:
        if value is not None and not _CONNECTION.fullmatch(value):
            raise ValueError(
                f"{value!r} is not a connection's ARN; copy it from Developer Tools, Connections"
            )
        repository = info.data.get("repository", "")
        if value is None and not _CODECOMMIT_NAME.fullmatch(repository):
            raise ValueError(
                f"is missing: {repository!r} names no CodeCommit repository; write its name"
                " alone, or the connection that leads to it"
            )
        if value is not None and not _FULL_NAME.fullmatch(repository):
            raise ValueError(f"goes with a repository's full name, owner/name, not {repository!r}")
        return value

    @field_validator("ignored_paths")
    @classmethod
    def _are_patterns(cls, value: tuple[str, ...]) -> tuple[str, ...]:
        refuse_others(_PATTERN, value, "not a pattern such as docs/**")
        if len(value) > MOST_PATTERNS:
            raise ValueError(f"are {len(value)}, CodePipeline takes {MOST_PATTERNS}")
        return value

    @field_validator("contributors")
    @classmethod
    def _contribute_to_codecommit(
        cls, value: tuple[str, ...], info: ValidationInfo
    ) -> tuple[str, ...]:
        if value and info.data.get("connection_arn"):
            raise ValueError("go with a repository of CodeCommit, not with a connection")
        return value

    @field_validator("promotions")
    @classmethod
    def _go_somewhere_else_each(
        cls, value: tuple[PromotionSettings, ...]
    ) -> tuple[PromotionSettings, ...]:
        refuse_duplicates([each.environment for each in value])
        return value

    @property
    def smoke_environments(self) -> tuple[str, ...]:
        """Names of the environments in which a batch is scored after a deployment."""
        return tuple(each.environment for each in self.promotions if each.smoke_batch)
