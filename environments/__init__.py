"""The environments that the platform is deployed to: one validated YAML file each."""

from environments.batch import AthenaQuery, BatchSettings, RedshiftQuery
from environments.delivery import DeliverySettings, PromotionSettings
from environments.existing_vpc import ExistingVpc
from environments.loading import (
    allowed_instance_types,
    available_environments,
    delivered_environments,
    load_environment,
    load_environments,
)
from environments.names import ProjectNames, ResourceNames
from environments.network import NetworkSettings
from environments.own_types import own_types
from environments.project_template import ProjectTemplateSettings
from environments.settings import (
    EnvironmentSettings,
    RetentionSettings,
    SettingsError,
)

__all__ = [
    "AthenaQuery",
    "BatchSettings",
    "DeliverySettings",
    "EnvironmentSettings",
    "ExistingVpc",
    "NetworkSettings",
    "ProjectNames",
    "ProjectTemplateSettings",
    "PromotionSettings",
    "RedshiftQuery",
    "ResourceNames",
    "RetentionSettings",
    "SettingsError",
    "allowed_instance_types",
    "available_environments",
    "delivered_environments",
    "load_environment",
    "load_environments",
    "own_types",
]
