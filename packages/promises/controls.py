"""Which promises support which control of a catalogue: `controls.yaml`."""

from __future__ import annotations

from collections.abc import Mapping  # noqa: TC003 - `parse` evaluates the annotations
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from typing import Any, Final

from mlops_contract.records import parse

_FILE: Final = "controls.yaml"


@dataclass(frozen=True)
class Control:
    """A control: the promises that support it, or why none does."""

    id: str
    title: str
    promises: tuple[str, ...] = ()
    because: str = ""

    @property
    def numbers(self) -> tuple[int, ...]:
        """Return the numbers of the promises."""
        return tuple(map(int, self.promises))


@dataclass(frozen=True)
class Catalogue:
    """A catalogue of controls, and where it stands."""

    id: str
    name: str
    version: str
    source: str
    controls: tuple[Control, ...]
    href: str = ""


@dataclass(frozen=True)
class Controls:
    """All catalogues; `unmapped` says why a promise, by its number, supports no control."""

    catalogues: tuple[Catalogue, ...]
    unmapped: Mapping[str, str]

    def of(self, promise: int) -> tuple[tuple[Catalogue, Control], ...]:
        """Return the controls that a promise supports."""
        return tuple(
            (catalogue, control)
            for catalogue in self.catalogues
            for control in catalogue.controls
            if promise in control.numbers
        )


@cache
def controls() -> Controls:
    """Read the table."""
    import yaml

    text = files(__package__).joinpath(_FILE).read_text(encoding="utf-8")
    loaded: Any = yaml.safe_load(text)
    found: Controls = parse(Controls, loaded, _FILE)
    return found
