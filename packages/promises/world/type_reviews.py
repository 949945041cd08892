"""The table of resource types: what each property may do, and which promise judges it.

Rows are data (`reviewed_types/*.yaml`). A type or property without a row is undecided by name.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cache
from importlib.resources import files
from typing import TYPE_CHECKING, Any, Final

from cloud_assembly.attributes import is_custom
from mlops_common.symbols import open_in
from promises.world.open_properties import unnoted

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    # Reasons of an adopter's own file, by type and property; that of the type itself under "".
    OwnTypes = Mapping[str, Mapping[str, str]]

OWN_TYPES_FILE: Final = "resource-types.yaml"
_FOLDER = "reviewed_types"
_REASONS = "reasons.yaml"
# What CloudFormation had below properties that are reviewed whole, by `tools/reviewed_below.py`.
_BELOW = "below.json"
_BRACES = re.compile(r"^(.*?)\{([^{}]*)\}(.*)$")
_WITH_VALUES: Final = ("only", "must", "settled", "never")
UNJUDGED: Final = "unjudged"
# A custom resource acts as its function, which gets everything but the token as data.
_CUSTOM = "AWS::CloudFormation::CustomResource"
Path = tuple[str, ...]
# Names of properties with what is below each: nothing where it is no object, or a free one.
Tree = Mapping[str, "Tree"]


@dataclass(frozen=True)
class Allowed:
    """Values that a property may have, by the promise that the others break."""

    promise: int
    values: tuple[str, ...]


@dataclass(frozen=True)
class TypeReview:
    """The row of a type: paths of properties by word, and promises that its existence breaks.

    `below` has what was there when somebody reviewed a path with all that is below it.
    """

    kind: str
    paths: Mapping[str, tuple[Path, ...]]
    allowed: Mapping[str, Mapping[Path, Allowed]] = field(default_factory=dict)
    breaks: Mapping[int, str] = field(default_factory=dict)
    below: Mapping[str, Tree] = field(default_factory=dict)
    open_ended: bool = False

    def of(self, word: str) -> Iterable[Path]:
        """Return the paths under a word."""
        return self.paths.get(word, ())

    def reviewed(self) -> Iterator[Path]:
        """Yield every path that somebody has judged, or found harmless."""
        for word, paths in self.paths.items():
            if word != UNJUDGED:
                yield from paths

    def named(self) -> set[str]:
        """Return the properties that the row names, decided or not."""
        return {path[0] for paths in self.paths.values() for path in paths}

    def unreviewed_in(self, properties: Mapping[str, Any]) -> tuple[str, ...]:
        """List what a resource has that no row decides, as dotted paths."""
        if self.open_ended:
            return ()
        return tuple(dict.fromkeys(_uncovered(properties, [*self.reviewed()], (), self.below)))


@cache
def reviews() -> Mapping[str, TypeReview]:
    """Read the table."""
    found = {}
    for file in sorted(files(__package__).joinpath(_FOLDER).iterdir(), key=lambda each: each.name):
        if file.name.endswith(".yaml") and file.name != _REASONS:
            for kind, row in _read(file.read_text(encoding="utf-8")).items():
                if kind in found:
                    raise ValueError(f"{file.name}: {kind} stands twice")
                found[kind] = _review(kind, row)
    return found


@cache
def reasons() -> Mapping[str, Mapping[str, Any]]:
    """Read the words of the table, harmless and judged, each with its meaning."""
    text = files(__package__).joinpath(_FOLDER, _REASONS).read_text(encoding="utf-8")
    found: Mapping[str, Mapping[str, Any]] = _read(text)
    return found


@cache
def _below() -> Mapping[str, Mapping[str, Tree]]:
    text = files(__package__).joinpath(_FOLDER, _BELOW).read_text(encoding="utf-8")
    found: Mapping[str, Mapping[str, Tree]] = json.loads(text)
    return found


def review_of(kind: str) -> TypeReview | None:
    """Return the row of a type; None where nobody has reviewed it."""
    if is_custom(kind) and not kind.endswith("::MODULE"):
        return _custom()
    return reviews().get(kind)


def values_at(value: Any, path: Path) -> Iterator[Any]:
    """Yield what stands at a path, through lists and JSON in texts; a flag as ``true``.

    It takes no note of open values, and yields one that hides what stands at the path.
    """
    if isinstance(value, list):
        for each in value:
            yield from values_at(each, path)
    elif not path or (isinstance(value, str) and open_in(value)):
        yield str(value).lower() if isinstance(value, bool) else value
    elif isinstance(value, dict):
        if path[0] in value:
            yield from values_at(unnoted(value, path[0]), path[1:])
    elif (inner := _parsed(value)) is not None:
        yield from values_at(inner, path)


@cache
def _custom() -> TypeReview:
    paths = reviews()[_CUSTOM].paths
    return TypeReview("Custom::", paths, open_ended=True)


def _uncovered(value: Any, paths: list[Path], at: Path, known: Mapping[str, Tree]) -> Iterator[str]:
    if at and () in paths:
        yield from _grown(value, known.get(".".join(at), {}), at)
        return
    if isinstance(value, list):
        for each in value:
            yield from _uncovered(each, paths, at, known)
        return
    inner = value if isinstance(value, dict) else _parsed(value)
    if inner is None or (at and not paths):
        # A value that only a deployment decides is noted where it is read.
        if not (paths and isinstance(value, str) and open_in(value)):
            yield ".".join(at)
        return
    for name in dict.keys(inner):
        below = [path[1:] for path in paths if path and path[0] == name]
        yield from _uncovered(unnoted(inner, name), below, (*at, name), known)


def _grown(value: Any, known: Tree, at: Path) -> Iterator[str]:
    """Yield what was not there yet when somebody reviewed all that was."""
    if isinstance(value, list):
        for each in value:
            yield from _grown(each, known, at)
    elif known and isinstance(value, dict):
        for name in dict.keys(value):
            if name in known:
                yield from _grown(unnoted(value, name), known[name], (*at, name))
            else:
                yield ".".join((*at, name))


def _parsed(value: Any) -> dict[str, Any] | None:
    """Parse JSON in a text; None where there is none."""
    if not isinstance(value, str) or not value.lstrip().startswith("{"):
        return None
    try:
        found = json.loads(value)
    except ValueError:
        return None
    return found if isinstance(found, dict) else None


def _review(kind: str, row: Mapping[str, Any]) -> TypeReview:
    known = {*reasons()["harmless"], *reasons()["judged"], UNJUDGED}
    if wrong := set(row) - known:
        raise ValueError(f"{kind}: {', '.join(sorted(wrong))} is no word of {_REASONS}")
    paths: dict[str, tuple[Path, ...]] = {}
    allowed: dict[str, dict[Path, Allowed]] = {}
    for word, given in row.items():
        if word == "breaks":
            continue
        if word in _WITH_VALUES:
            values = {
                path: str(text).split() for name, text in given.items() for path in _paths(name)
            }
            allowed[word] = {
                path: Allowed(int(parts[0]), tuple(parts[1:])) for path, parts in values.items()
            }
            paths[word] = tuple(allowed[word])
        else:
            paths[word] = tuple(path for name in str(given).split() for path in _paths(name))
    breaks = {int(number): str(why) for number, why in row.get("breaks", {}).items()}
    return TypeReview(kind, paths, allowed, breaks, _below().get(kind, {}))


def _paths(text: str) -> Iterator[Path]:
    """Expand ``A.{B,C}``."""
    found = _BRACES.match(text)
    if found is None:
        yield tuple(text.split("."))
        return
    before, choices, after = found.groups()
    for choice in choices.split(","):
        yield from _paths(f"{before}{choice}{after}")


def _read(text: str) -> Any:
    import yaml

    loader = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
    return yaml.load(text, loader)  # noqa: S506 - a SafeLoader, the quick one where it is there
