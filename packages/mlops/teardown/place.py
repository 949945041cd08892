"""An environment in its account and region, and paginated listings."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from environments.names import ResourceNames
from mlops.aws_calls import pages
from mlops_contract.names import ENVIRONMENT_TAG

if TYPE_CHECKING:
    from collections.abc import Iterator

    from environments.settings import EnvironmentSettings
    from pipeline_local.aws import Aws


@dataclass(frozen=True)
class Place:
    """An environment in its account and region."""

    settings: EnvironmentSettings
    aws: Aws

    @property
    def names(self) -> ResourceNames:
        """The environment's names."""
        return ResourceNames(self.settings)

    @property
    def dash(self) -> str:
        """Prefix of its resources' names, ``secure-mlops-dev-``."""
        return f"{self.names.prefix}-"

    def is_ours(self, name: str) -> bool:
        """Return whether a name is the environment's."""
        return name == self.names.prefix or name.startswith(self.dash)

    def is_tagged(self, tags: list[dict[str, str]], key: str = "Key", value: str = "Value") -> bool:
        """Return whether tags name the environment."""
        wanted = (ENVIRONMENT_TAG, self.settings.name)
        return wanted in {(each[key], each[value]) for each in tags}

    def client(self, service: str) -> Any:
        """Return the client of a service."""
        return self.aws.client(service)

    def ours(
        self, service: str, operation: str, field: str, name: str = "", **request: Any
    ) -> Iterator[str]:
        """Yield the environment's names in a listing; without a key, entries are names."""
        for each in self.pages(service, operation, field, **request):
            found = each[name] if name else each
            if self.is_ours(found):
                yield found

    def pages(self, service: str, operation: str, field: str, **request: Any) -> Iterator[Any]:
        """Yield all items of a listing; service and operation as boto3 names them."""
        yield from pages(self.client(service), operation, field, **request)
