"""The settings of an environment that building its pipelines reads: what definitions depend on."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Mapping

    from environments.settings import EnvironmentSettings

# Methods that Python calls by the type, past `__getattribute__`, and that read every setting.
_WHOLE = ("__eq__", "__hash__", "__iter__", "__repr__", "__str__", "__reduce_ex__", "__copy__")


class SettingsRead:
    """The names of the settings that were read of `settings`, which stand for the given ones."""

    def __init__(self, given: EnvironmentSettings) -> None:
        fields = frozenset(type(given).model_fields)
        self._given, self._names = given, set[str]()
        read = self._names

        def note(_self: Any, name: str) -> Any:
            # What is no setting and no property of ours may read them all, past this method.
            ours = name in fields or name in vars(type(given)) or name == "__class__"
            read.update((name,) if name in fields else () if ours else fields)
            return super(noted, _self).__getattribute__(name)

        def whole(method: str) -> Any:
            def call(_self: Any, *arguments: Any) -> Any:
                read.update(fields)
                return getattr(super(noted, _self), method)(*arguments)

            return call

        methods = {name: whole(name) for name in (*_WHOLE, "__deepcopy__")}
        noted: Any = type(
            type(given).__name__,
            (type(given),),
            {"__module__": __name__, **methods, "__getattribute__": note},
        )
        self.settings: EnvironmentSettings = noted.model_construct(**dict(given))
        read.clear()

    def values(self) -> dict[str, Any]:
        """Return what was read so far, as JSON."""
        return values_of(self._given, self._names)


def values_of(settings: EnvironmentSettings, names: set[str]) -> dict[str, Any]:
    """Return some settings as JSON."""
    found: dict[str, Any] = json.loads(settings.model_dump_json(include=names))
    return found


def as_read(settings: EnvironmentSettings, read: Mapping[str, Any]) -> bool:
    """Tell whether settings have the values that were read before."""
    return values_of(settings, set(read)) == read
