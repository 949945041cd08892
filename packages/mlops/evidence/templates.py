"""The templates that were judged: their hashes, and where in them a resource stands."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any

from cloud_assembly.cloud_assembly import read_json
from cloud_assembly.lone_templates import SUFFIXES, is_template, read_document
from mlops_common.errors import MlopsError
from promises.world.reading import MANIFEST
from promises.world.templates import templates_in

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence


@dataclass(frozen=True)
class Template:
    """One file: its name for people, below the working directory where it is there."""

    path: Path
    name: str
    stack: str
    content: bytes

    @property
    def sha256(self) -> str:
        """Return the hash of the file."""
        return hashlib.sha256(self.content).hexdigest()

    @cached_property
    def lines(self) -> dict[str, int]:
        """Return the line of each logical id; none where the text is no YAML, nor like it."""
        import yaml

        # JSON is YAML, and its reader alone says where something stands.
        loader = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
        try:
            root = yaml.compose(self.content.decode(), loader)
        except (yaml.YAMLError, RecursionError):
            return {}
        return {
            key.value: key.start_mark.line + 1
            for name, section in _members(root)
            if name.value == "Resources"
            for key, _ in _members(section)
        }


@dataclass(frozen=True)
class Place:
    """Where a breach is: a resource or only a stack, in a template or only in its folder."""

    file: str
    name: str
    line: int | None = None


def templates_of(paths: Sequence[Path]) -> tuple[Template, ...]:
    """Read every template of assemblies, files and folders, products and nested ones included."""
    try:
        return tuple(each for path in paths for each in _templates_in(path))
    except OSError as error:
        raise MlopsError(f"{error.filename}: cannot be read: {error.strerror}") from None


def place_of(subject: str, templates: Sequence[Template]) -> Place:
    """Find the subject of a breach, ``stack/LogicalId`` or the name of an environment."""
    stack, _, rest = subject.partition("/")
    logical_id = rest.partition(",")[0].partition(" ")[0]
    by_stack = sorted(templates, key=lambda each: each.stack != stack)
    for each in by_stack:
        if logical_id and logical_id in each.lines:
            return Place(each.name, f"{stack}/{logical_id}", each.lines[logical_id])
    return Place(by_stack[0].name, subject)


def _members(node: Any) -> Iterator[tuple[Any, Any]]:
    value = getattr(node, "value", None)
    return (pair for pair in (value if isinstance(value, list) else ()) if isinstance(pair, tuple))


def _templates_in(path: Path) -> Iterator[Template]:
    if not (path / MANIFEST).is_file():
        templates_in(path)  # refuses what is none, and a folder of too much
    if not path.is_dir():
        yield _template(path, path, path.name.partition(".")[0])
        return
    stacks = dict(_stacks_in(path))
    for file in sorted(path.rglob("*")):
        inside = file.relative_to(path)
        in_asset = any(part.startswith("asset.") for part in inside.parts[:-1])
        if file.suffix not in SUFFIXES or in_asset or not file.is_file():
            continue
        if b"Resources" in file.read_bytes() and _is_template(file):
            yield _template(file, path, stacks.get(file, ".".join(inside.with_suffix("").parts)))


def _is_template(file: Path) -> bool:
    try:
        return is_template(read_document(file))
    except MlopsError:  # of what was judged, all could be read
        return False


def _template(file: Path, given: Path, stack: str) -> Template:
    full, here = file.resolve(), Path.cwd()
    name = full.relative_to(here) if full.is_relative_to(here) else file.relative_to(given.parent)
    return Template(file, name.as_posix(), stack, file.read_bytes())


def _stacks_in(folder: Path) -> Iterator[tuple[Path, str]]:
    """Yield the files of the stacks of an assembly and of those nested in it."""
    for manifest in sorted(folder.rglob(MANIFEST)):
        for each in read_json(manifest).get("artifacts", {}).values():
            properties = each.get("properties", {})
            if each.get("type") == "aws:cloudformation:stack":
                name = properties.get("stackName") or each.get("displayName", "")
                yield manifest.parent / properties["templateFile"], name
