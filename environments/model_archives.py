"""What SageMaker itself may read of models' archives, from outside every VPC."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import BaseModel

from environments.checks import OFF_IS_A_WORD, STRICT

Look = Annotated[Literal["off", "via-service", "role"], OFF_IS_A_WORD]


class ModelArchiveSettings(BaseModel):
    """Who may look at models' archives without our endpoint, for SageMaker.

    ``via-service`` lets it do so by a service only (`aws:ViaAWSService`), ``role`` also otherwise,
    ``off`` not at all: then the call fails, should SageMaker look (docs/decisions/0007-perimeter.md
    says what is known).

    Parameters
    ----------
    register_model : {"off", "via-service", "role"}
        Those that register versions: pipelines, the importer, the build that promotes.
    create_model : {"off", "via-service", "role"}
        The role of models, which SageMaker assumes itself, so a request has no such key.
    """

    model_config = STRICT

    register_model: Look = "via-service"
    create_model: Look = "role"
