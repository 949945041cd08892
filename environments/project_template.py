"""The portfolio and product that SageMaker Studio offers under Projects."""

from __future__ import annotations

import re
from typing import Annotated

from pydantic import BaseModel, field_validator

from environments.checks import STRICT, Texts, each_matching, refuse_others

_ROLE = re.compile(r"arn:aws[a-z-]*:iam::[0-9]{12}:role/[\w+=,.@/-]+")
_PIPELINE = re.compile(r"[a-z](-?[a-z0-9])*")


class ProjectTemplateSettings(BaseModel):
    """The template that SageMaker Studio offers under Projects.

    Parameters
    ----------
    pipelines : tuple of str
        The pipelines that a project has of its own, by their short names. They call none of the
        environment's functions and keep none of its folders.
    launched_by : tuple of str
        ARNs of roles of this account that may start projects beside the data scientists, such as
        the execution role of a domain of SageMaker Studio. None unless given.
    """

    model_config = STRICT

    pipelines: Texts = ("training",)
    launched_by: Annotated[
        Texts, each_matching(_ROLE, "not a role's ARN; write it in full, without wildcards")
    ] = ()

    @field_validator("pipelines")
    @classmethod
    def _are_named(cls, value: tuple[str, ...]) -> tuple[str, ...]:
        if not value:
            raise ValueError("name at least one pipeline, such as training")
        refuse_others(_PIPELINE, value, "cannot name a pipeline")
        return value
