"""The pipelines of environments, built in a process beside the synthesis, and kept.

Building needs the SageMaker SDK, which takes seconds to import. A synthesis therefore starts it
first and collects the result when it needs it; where nothing that the definitions were built from
has changed, the last result is taken and the SDK is not imported at all.
"""

from __future__ import annotations

import json
import os
import pickle
import re
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from environments.settings_read import as_read
from mlops_common.reads import package_folders, unchanged
from mlops_common.store import Store
from pipeline_definitions.built import BuiltPipeline, CodeBundle
from pipeline_definitions.bundles import PROJECT_FOLDER, code_bundle, code_digest
from pipeline_definitions.errors import PipelineModuleError
from pipeline_definitions.model_projects import from_json

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from collections.abc import Set as AbstractSet

    from environments.settings import EnvironmentSettings

STORE = Store(PROJECT_FOLDER / "build" / "cache" / "definitions")


@dataclass(frozen=True)
class Pipelines:
    """All pipelines of an environment, and those for teams' projects."""

    own: tuple[BuiltPipeline, ...]
    of_projects: tuple[BuiltPipeline, ...]

    @property
    def all(self) -> tuple[BuiltPipeline, ...]:
        """Both."""
        return (*self.own, *self.of_projects)


class BuiltBeside:
    """The pipelines of environments: the last ones, else built in a process from now on.

    Examples
    --------
    >>> from environments import load_environments
    >>> environments = load_environments("dev")  # doctest: +SKIP
    >>> beside = BuiltBeside(environments)  # doctest: +SKIP
    >>> [each.name for each in beside.of(environments[0]).own]  # doctest: +SKIP
    ['batch-inference', 'model-quality', 'training']
    """

    def __init__(self, environments: Sequence[EnvironmentSettings]) -> None:
        self.environments = environments
        kept = {each.name: _kept(each) for each in environments}
        self._found = {name: pipelines for name, pipelines in kept.items() if pipelines}
        missing = [each for each in environments if each.name not in self._found]
        self._missing = {each.name for each in missing}
        self._process = _start(missing) if missing else None

    def of(self, settings: EnvironmentSettings) -> Pipelines:
        """Return an environment's pipelines, in the order of the environments; wait if need be."""
        if settings.name not in self._found:
            self._found[settings.name] = self._built(settings)
        return self._found[settings.name]

    def _built(self, settings: EnvironmentSettings) -> Pipelines:
        if self._process is None or self._process.stdout is None:
            raise PipelineModuleError(f"the pipelines of {settings.name} were not asked for")
        result = json.loads(self._process.stdout.readline() or "null")
        if result is None:
            ended = self._process.wait()
            raise PipelineModuleError(
                f"the pipelines of {settings.name} were not built: the process that builds them"
                f" ended with {ended}; see above"
            )
        self._missing.discard(settings.name)
        if not self._missing:
            self._process.stdout.close()
            self._process.wait()
        if "error" in result:
            raise PipelineModuleError(*result["error"])
        if result["read"] is not None:
            STORE.put(_key(settings), result)
        return _from_json(result)


def _start(environments: Sequence[EnvironmentSettings]) -> subprocess.Popen[bytes]:
    process = subprocess.Popen(
        [sys.executable, "-P", "-m", "pipeline_definitions.building"],
        env={**os.environ, "PYTHONPATH": os.pathsep.join(each or os.curdir for each in sys.path)},
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
    )
    with process.stdin as given:  # type: ignore[union-attr]
        pickle.dump(environments, given)
    return process


def _key(settings: EnvironmentSettings) -> str:
    """Name what the process does not read: whose pipelines they are, and what is installed."""
    found = (each.name for folder in package_folders() for each in folder.glob("*.dist-info"))
    installed = sorted(set(found))
    return "\n".join((sys.version, settings.name, *installed))


def _kept(settings: EnvironmentSettings) -> Pipelines | None:
    result = STORE.get(_key(settings))
    if result is None or not as_read(settings, result["settings"]):
        return None
    if not unchanged(result["read"]):
        return None
    kept = _from_json(result)
    bundles = [each for pipeline in kept.all for each in pipeline.bundles]
    if not all(bundle.folder.is_dir() for bundle in bundles):
        return None
    codes = {(each.source, each.digest) for each in bundles if each.source}
    try:
        moved = {digest: source for source, digest in codes if code_digest(Path(source)) != digest}
        return _rebound(result, codes, moved) if moved else kept
    except (OSError, PipelineModuleError):  # building says what is wrong
        return None


def _rebound(
    result: dict[str, Any], codes: AbstractSet[tuple[str, str]], moved: Mapping[str, str]
) -> Pipelines | None:
    """Put the addresses that folders of job code have now in the place of those before.

    A file there that no pipeline's module reads decides nothing else. None if two have had one.
    """
    if len({digest for _, digest in codes}) < len(codes):
        return None
    now = {digest: code_bundle(Path(source)).digest for digest, source in moved.items()}
    text = re.sub("|".join(now), lambda found: now[found[0]], json.dumps(result))
    return _from_json(json.loads(text))


def _from_json(result: dict[str, Any]) -> Pipelines:
    return Pipelines(*(tuple(map(_pipeline, result[name])) for name in ("own", "of_projects")))


def _pipeline(content: dict[str, Any]) -> BuiltPipeline:
    bundles = [
        {**each, "folder": Path(each["folder"]), "read": tuple(each["read"])}
        for each in content["bundles"]
    ]
    return BuiltPipeline(
        **{
            **content,
            "placeholders": frozenset(content["placeholders"]),
            "bundles": tuple(CodeBundle(**each) for each in bundles),
            "model_package_groups": tuple(content["model_package_groups"]),
            "kept_prefixes": tuple(content["kept_prefixes"]),
            "project": from_json(content["project"]),
        }
    )
