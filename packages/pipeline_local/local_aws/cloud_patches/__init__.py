"""Patches of moto for services as templates use them, one file a service.

As in `moto_patches`, each function patches one defect of moto 5.2.5 and has a test that fails
without it. A module's `install` applies its patches, once moto has loaded the service: most
servers are never asked for EC2, whose tables take half of a start.
"""

from __future__ import annotations

import sys
from importlib import import_module
from importlib.abc import MetaPathFinder
from importlib.machinery import PathFinder
from pkgutil import iter_modules
from typing import TYPE_CHECKING

from pipeline_local.local_aws.moto_patches import put

if TYPE_CHECKING:
    from collections.abc import Sequence
    from importlib.machinery import ModuleSpec
    from types import ModuleType


def install() -> None:
    """Apply the patches of every service that is loaded, and of others when they are."""
    services = {f"moto.{module.name}": module.name for module in iter_modules(__path__)}
    waiting = {name: service for name, service in services.items() if name not in sys.modules}
    for name in services.keys() - waiting.keys():
        _patch(services[name])
    sys.meta_path.insert(0, _Patching(waiting))


def _patch(service: str) -> None:
    import_module(f"{__name__}.{service}").install()


class _Patching(MetaPathFinder):
    """Find moto's packages as Python does, and patch what was loaded from them."""

    def __init__(self, services: dict[str, str]) -> None:
        self._services = services

    def find_spec(
        self, fullname: str, path: Sequence[str] | None, target: ModuleType | None = None
    ) -> ModuleSpec | None:
        """Return the specification of a package with patches."""
        del target
        if fullname not in self._services:
            return None
        spec = PathFinder.find_spec(fullname, path)
        if spec is not None and spec.loader is not None:
            load = spec.loader.exec_module

            def execute(module: ModuleType) -> None:
                load(module)
                _patch(self._services[fullname])

            put(spec.loader, "exec_module", execute)
        return spec
