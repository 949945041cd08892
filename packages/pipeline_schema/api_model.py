"""SageMaker's API as botocore describes it, read once a process and without a session."""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING, Any, cast

if TYPE_CHECKING:
    from botocore.loaders import Loader
    from botocore.model import ServiceModel, StructureShape


@cache
def api_models() -> Loader:
    """Return the loader of the services' models, which reads each once."""
    from botocore.loaders import create_loader

    return create_loader()


@cache
def service_model() -> ServiceModel:
    """Return the model of SageMaker."""
    from botocore.model import ServiceModel

    # Named as clients name it: the loader remembers a call by its arguments.
    description = api_models().load_service_model("sagemaker", "service-2", api_version=None)
    return ServiceModel(description, "sagemaker")


def request_shape(operation: str) -> StructureShape:
    """Return the model of an operation's request."""
    shape: Any = service_model().operation_model(operation).input_shape
    return cast("StructureShape", shape)
