"""Worlds: what templates say about who may do what."""

from promises.world.model import Bucket, Endpoint, Key, Resource, Role, World
from promises.world.once import once_a_world
from promises.world.reading import environments_in, world_of, worlds_of
from promises.world.subjects import choose_subjects

__all__ = [
    "Bucket",
    "Endpoint",
    "Key",
    "Resource",
    "Role",
    "World",
    "choose_subjects",
    "environments_in",
    "once_a_world",
    "world_of",
    "worlds_of",
]
