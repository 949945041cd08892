"""A request that notes which of its fields are read."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from pipeline_schema.request_fields import HONOURED

if TYPE_CHECKING:
    from collections.abc import Iterator


class Watched(dict[str, Any]):
    """A request that notes the paths that are asked for."""

    def __init__(self, content: dict[str, Any], asked: set[str], path: str = "") -> None:
        super().__init__(
            {name: self._watched(item, asked, f"{path}.{name}") for name, item in content.items()}
        )
        self._asked, self._path = asked, path

    @classmethod
    def _watched(cls, value: Any, asked: set[str], path: str) -> Any:
        if isinstance(value, list):
            return [cls._watched(item, asked, path) for item in value]
        return cls(value, asked, path) if isinstance(value, dict) else value

    def __getitem__(self, name: str) -> Any:
        self._asked.add(f"{self._path}.{name}")
        return super().__getitem__(name)

    def get(self, name: str, default: Any = None) -> Any:
        self._asked.add(f"{self._path}.{name}")
        return super().get(name, default)

    def __contains__(self, name: object) -> bool:
        self._asked.add(f"{self._path}.{name}")
        return super().__contains__(name)


def honoured(judgement: Any, path: str = "") -> Iterator[str]:
    if judgement == HONOURED:
        yield path
    elif isinstance(judgement, dict):
        for name, item in judgement.items():
            if not name.startswith("="):
                yield from honoured(item, f"{path}.{name}")
