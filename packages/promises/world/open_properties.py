"""Properties with open values, noted when a promise reads them.

`document` takes no note: `open_policies` judges what is open in policy documents.
"""

from __future__ import annotations

from contextlib import contextmanager
from contextvars import ContextVar
from functools import wraps
from typing import TYPE_CHECKING, Any, Concatenate, ParamSpec, TypeVar

from mlops_common.symbols import open_in

if TYPE_CHECKING:
    from _collections_abc import dict_items, dict_values
    from collections.abc import Callable, Iterable, Iterator, Mapping

Given = ParamSpec("Given")
World = TypeVar("World")
Found = TypeVar("Found")
_READ: ContextVar[list[str] | None] = ContextVar("open values read", default=None)


@contextmanager
def open_values_read() -> Iterator[list[str]]:
    """Collect the open values that are read meanwhile, as people write them."""
    found: list[str] = []
    token = _READ.set(found)
    try:
        yield found
    finally:
        _READ.reset(token)


def once_a_world(
    function: Callable[Concatenate[World, Given], Found],
) -> Callable[Concatenate[World, Given], Found]:
    """Keep what a function finds in a world, which never changes; what it reads is noted again."""

    @wraps(function)
    def kept(world: World, /, *args: Given.args, **named: Given.kwargs) -> Found:
        results = world.__dict__.setdefault("results", {})
        key = (function, args, tuple(named.items()))
        if key not in results:
            try:
                with open_values_read() as read:
                    results[key] = function(world, *args, **named), read
            except Exception:
                _add(read)
                raise
        found, read = results[key]
        _add(read)
        return found  # type: ignore[no-any-return]

    return kept


def watched(value: Any) -> Any:
    """Note who reads open values in a JSON value, at whatever depth."""
    if isinstance(value, dict) and open_in(value):
        return OpenProperties({name: watched(each) for name, each in value.items()})
    return [watched(each) for each in value] if isinstance(value, list) else value


def plain(value: Any) -> Any:
    """Copy a JSON value that takes no notes."""
    if isinstance(value, dict):
        return {name: plain(each) for name, each in dict.items(value)}
    return [plain(each) for each in value] if isinstance(value, list) else value


def document(values: Mapping[str, Any], name: str) -> Any:
    """Read a policy document without a note."""
    return plain(unnoted(values, name))


def unnoted(values: Mapping[str, Any], name: str) -> Any:
    """Read a property without a note; what is read of it is noted."""
    return dict.get(values, name) if isinstance(values, dict) else values.get(name)


class OpenProperties(dict[str, Any]):
    """A mapping that notes which open values are read."""

    def __getitem__(self, name: str) -> Any:
        """Read a value."""
        return _noted(super().__getitem__(name))

    def get(self, name: str, default: Any = None) -> Any:
        """Read a value, or a default."""
        return _noted(super().get(name, default))

    def items(self) -> dict_items[str, Any]:
        """Read all values."""
        return {name: _noted(value) for name, value in super().items()}.items()

    def values(self) -> dict_values[str, Any]:
        """Read all values."""
        return dict(self.items()).values()


def note(values: Any) -> None:
    """Note open values on which something hangs."""
    _add(open_in(values))


def _add(names: Iterable[str]) -> None:
    read = _READ.get()
    if read is not None:
        read += names


def _noted(value: Any) -> Any:
    # Objects note what is read of them.
    texts = value if isinstance(value, list) else [value]
    note([each for each in texts if not isinstance(each, dict)])
    return value
