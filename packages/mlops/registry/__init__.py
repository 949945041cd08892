"""The model registry of an environment, on AWS or on the local AWS."""

from mlops.registry.approval import Decision, decide
from mlops.registry.importing import Import, import_version
from mlops.registry.registry import Registry, open_registry
from mlops.registry.versions import ModelVersion

__all__ = [
    "Decision",
    "Import",
    "ModelVersion",
    "Registry",
    "decide",
    "import_version",
    "open_registry",
]
