"""What templates say about who may do what, ready to be asked about."""

from mlops.proofs.world.model import Bucket, Endpoint, Key, Resource, Role, World
from mlops.proofs.world.reading import environments_in, world_of, worlds_of
from mlops.proofs.world.subjects import choose_subjects

__all__ = [
    "Bucket",
    "Endpoint",
    "Key",
    "Resource",
    "Role",
    "World",
    "choose_subjects",
    "environments_in",
    "world_of",
    "worlds_of",
]
