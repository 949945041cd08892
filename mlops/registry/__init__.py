"""The model registry of an environment: what is there, and the word of the person who approves.

It speaks to SageMaker's API at the connection of the environment, so the same commands serve AWS
and the local AWS.
"""

from mlops.registry.approval import Decision, decide
from mlops.registry.registry import Registry, open_registry
from mlops.registry.versions import ModelVersion

__all__ = ["Decision", "ModelVersion", "Registry", "decide", "open_registry"]
