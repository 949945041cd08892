"""The model registry of an environment: what is there, and the word of the person who approves.

It speaks to SageMaker's API at the connection of the environment, so the same commands serve AWS
and the local AWS.
"""

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
