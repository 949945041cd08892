"""Patches of moto for services as templates use them, one file a service.

As in `moto_patches`, each function patches one defect of moto 5.2.5 and has a test that fails
without it. A module's `install` applies its patches.
"""

from __future__ import annotations

from importlib import import_module
from pkgutil import iter_modules


def install() -> None:
    """Apply the patches of every module of this folder."""
    for module in iter_modules(__path__):
        import_module(f"{__name__}.{module.name}").install()
