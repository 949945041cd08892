"""Imports of the SDK: undisturbed by the machine, and without what a definition does not use.

Its packages import all of their parts when one is imported, trainers and servers included, and its
models of the API are made ready to validate. Here both wait until somebody asks for them.
"""

from __future__ import annotations

import importlib
import os
import sys
from contextlib import contextmanager
from importlib.abc import Loader, MetaPathFinder
from importlib.machinery import PathFinder
from types import ModuleType
from typing import TYPE_CHECKING, Any, cast

from pydantic import BaseModel

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from importlib.machinery import ModuleSpec

_PACKAGES = frozenset({"sagemaker.mlops", "sagemaker.mlops.workflow"})
_OFFLINE = {
    "AWS_DEFAULT_REGION": "us-east-1",
    "AWS_CONFIG_FILE": os.devnull,
    "AWS_SHARED_CREDENTIALS_FILE": os.devnull,
    "AWS_EC2_METADATA_DISABLED": "true",
    "SAGEMAKER_VALIDATE_ROLE": "false",
}


class _Package(ModuleType):
    """A package whose own code runs when a name is missing that is none of its modules."""

    def __getattr__(self, name: str) -> Any:
        if name.startswith("__"):
            raise AttributeError(name)
        module = f"{self.__name__}.{name}"
        try:
            return importlib.import_module(module)
        except ModuleNotFoundError as error:
            if error.name != module:
                raise
        self.__class__ = ModuleType  # type: ignore[assignment]
        with without_aws_settings():
            cast("Loader", self.__loader__).exec_module(self)
        return getattr(self, name)


class _Finder(MetaPathFinder, Loader):
    """Finds the modules as Python does; runs the packages later, and the others undisturbed."""

    def find_spec(
        self, name: str, path: Sequence[str] | None, target: ModuleType | None = None
    ) -> ModuleSpec | None:
        spec = PathFinder.find_spec(name, path, target) if name.startswith("sagemaker.") else None
        if spec is not None and spec.loader is not None:
            spec.loader_state, spec.loader = spec.loader, self
        return spec

    def create_module(self, spec: ModuleSpec) -> ModuleType | None:
        return _Package(spec.name) if spec.name in _PACKAGES else None

    def exec_module(self, module: ModuleType) -> None:
        spec = cast("ModuleSpec", module.__spec__)
        module.__loader__ = spec.loader = spec.loader_state
        if spec.name not in _PACKAGES:
            with without_aws_settings():
                cast("Loader", spec.loader).exec_module(module)


_FINDER = _Finder()


@contextmanager
def without_aws_settings() -> Iterator[None]:
    """Hide the profile, region and credentials of the caller.

    The SDK looks for them when it is imported, and fails on a profile that does not exist. The
    region never enters a definition: one there is a placeholder.
    """
    if all(
        os.environ.get(name) == value for name, value in _OFFLINE.items()
    ):  # an import within an import
        yield
        return
    hidden = {name: value for name, value in os.environ.items() if name.startswith("AWS_")}
    for name in hidden:
        del os.environ[name]
    os.environ.update(_OFFLINE)
    try:
        yield
    finally:
        for name in [name for name in os.environ if name.startswith("AWS_")]:
            del os.environ[name]
        os.environ.update(hidden)


@contextmanager
def sdk_imports() -> Iterator[None]:
    """Import what is asked for of the SDK; later imports find it so, too."""
    if _FINDER not in sys.meta_path:
        sys.meta_path.insert(0, _FINDER)
    before = BaseModel.model_config
    BaseModel.model_config = {**before, "defer_build": True}
    try:
        with without_aws_settings():
            yield
    finally:
        BaseModel.model_config = before
