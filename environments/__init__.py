"""The environments the platform is deployed to: one checked YAML file each."""

from environments.loading import (
    available_environments,
    load_environment,
    load_environments,
)
from environments.names import ResourceNames
from environments.settings import (
    EnvironmentSettings,
    NetworkSettings,
    RetentionSettings,
    SettingsError,
)

__all__ = [
    "EnvironmentSettings",
    "NetworkSettings",
    "ResourceNames",
    "RetentionSettings",
    "SettingsError",
    "available_environments",
    "load_environment",
    "load_environments",
]
