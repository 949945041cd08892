"""Templates for seeded faults."""

from __future__ import annotations

import json
import shutil
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING, Any

from mlops_common.errors import MlopsError
from promises.world import environments_in, worlds_of

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from pathlib import Path

    from promises.world import World
    from promises.world.reading import InstanceTypes
    from promises.world.type_reviews import OwnTypes

Body = dict[str, Any]
_SUFFIX = ".template.json"
# A parameter, and the condition that it is on, for faults to hang something on.
SWITCH = "Seeded"
_SWITCH: dict[str, Body] = {
    "Parameters": {SWITCH: {"Type": "String"}},
    "Conditions": {SWITCH: {"Fn::Equals": [{"Ref": SWITCH}, "on"]}},
}


@dataclass(frozen=True)
class Place:
    """One statement of one policy document in a template, as written."""

    file: str
    logical_id: str
    path: tuple[str | int, ...]
    index: int
    statement: Body

    @property
    def text(self) -> str:
        """The place for people."""
        name = self.statement.get("Sid") or f"statement {self.index}"
        return f"{self.file.rpartition('/')[2].removesuffix(_SUFFIX)}/{self.logical_id}, {name}"


@dataclass(frozen=True)
class Templates:
    """All templates of one cloud assembly."""

    files: Mapping[str, Body]

    def resources(self, *kinds: str) -> Iterator[tuple[str, str, Body]]:
        """Yield resources of some types."""
        for file, template in self.files.items():
            for logical_id, body in template.get("Resources", {}).items():
                if not kinds or body["Type"] in kinds:
                    yield file, logical_id, body

    def statements(self) -> Iterator[Place]:
        """Yield every statement of every policy document."""
        for file, logical_id, body in self.resources():
            for path, statements in _documents(body.get("Properties", {}), ("Properties",)):
                for index, statement in enumerate(statements):
                    yield Place(file, logical_id, path, index, statement)


def _documents(
    value: object, path: tuple[str | int, ...]
) -> Iterator[tuple[tuple[str | int, ...], list[Body]]]:
    if isinstance(value, dict):
        if "Version" in value and isinstance(value.get("Statement"), list):
            yield (*path, "Statement"), value["Statement"]
            return
        for name, inner in value.items():
            yield from _documents(inner, (*path, name))
    elif isinstance(value, list):
        for index, inner in enumerate(value):
            yield from _documents(inner, (*path, index))


def read_templates(assembly: Path) -> Templates:
    """Read the templates of a cloud assembly."""
    tuple(environments_in(assembly))  # refuses another folder before it is searched
    files = {
        str(path.relative_to(assembly)): json.loads(path.read_text())
        for path in sorted(assembly.rglob(f"*{_SUFFIX}"))
    }
    if not files:
        raise MlopsError(f"{assembly}: holds no template; is it a cloud assembly (cdk synth)?")
    return Templates(files)


class Copy:
    """A copy of a cloud assembly's templates, without assets, that may be changed."""

    def __init__(
        self,
        assembly: Path,
        folder: Path,
        instance_types: InstanceTypes,
        own_types: OwnTypes | None = None,
    ) -> None:
        self._read = partial(
            worlds_of, [folder / assembly.name], instance_types, own_types=own_types
        )
        self.templates = read_templates(assembly)
        # Named as the original, which names the environment where no stage does.
        self._folder = folder / assembly.name
        for path in (*assembly.rglob("manifest.json"), *assembly.rglob(f"*{_SUFFIX}")):
            target = self._folder / path.relative_to(assembly)
            target.parent.mkdir(parents=True, exist_ok=True)
            shutil.copyfile(path, target)

    def world(self, file: str = "", resources: Mapping[str, Body | None] | None = None) -> World:
        """Read the world with some resources of one template replaced; None removes one."""
        if not resources:
            return self._read()[0]
        original = self.templates.files[file]
        bodies = {**original["Resources"], **resources}
        switch = {name: {**original.get(name, {}), **body} for name, body in _SWITCH.items()}
        changed = {
            **original,
            **switch,
            "Resources": {name: body for name, body in bodies.items() if body is not None},
        }
        path = self._folder / file
        path.write_text(json.dumps(changed))
        try:
            return self._read()[0]
        finally:
            path.write_text(json.dumps(original))
