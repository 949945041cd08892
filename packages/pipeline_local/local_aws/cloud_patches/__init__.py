"""Patches of moto for services as templates use them, one file a service, or `SERVICE_SUBJECT`.

As in `moto_patches`, each function patches one defect of moto 5.2.5 and has a test that fails
without it. A module's `install` applies its patches, once moto has loaded the service of its name:
most servers are never asked for EC2, whose tables take half of a start. So it patches no other
service, and imports others where a request needs them.
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
    services: dict[str, list[str]] = {}
    for module in iter_modules(__path__):
        services.setdefault(f"moto.{service_of(module.name)}", []).append(module.name)
    waiting = {name: modules for name, modules in services.items() if name not in sys.modules}
    for name in services.keys() - waiting.keys():
        _patch(services[name])
    sys.meta_path.insert(0, _Patching(waiting))


def service_of(module: str) -> str:
    """Return the service that a module of this package patches."""
    return module.partition("_")[0]


def _patch(modules: list[str]) -> None:
    for each in modules:
        import_module(f"{__name__}.{each}").install()


class _Patching(MetaPathFinder):
    """Find moto's packages as Python does, and patch what was loaded from them."""

    def __init__(self, services: dict[str, list[str]]) -> None:
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
