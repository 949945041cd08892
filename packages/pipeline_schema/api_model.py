"""SageMaker's API as botocore describes it, read once a process and without a session.

A session would ask for the caller's profile. The description is 2 MB of JSON: what checks
definitions, what answers for steps, and clients share it.
"""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from botocore.loaders import Loader
    from botocore.model import ServiceModel


@cache
def api_models() -> Loader:
    """Give what reads the models of services, each once."""
    from botocore.loaders import create_loader

    return create_loader()


@cache
def service_model() -> ServiceModel:
    """Give the model of SageMaker."""
    from botocore.model import ServiceModel

    # Named as clients name it: the loader remembers a call by its arguments.
    description = api_models().load_service_model("sagemaker", "service-2", api_version=None)
    return ServiceModel(description, "sagemaker")
