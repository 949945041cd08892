"""Reading environment files, with all mistakes of a file reported at once."""

from __future__ import annotations

import contextlib
import ipaddress
import os
import re
from pathlib import Path
from typing import TYPE_CHECKING, Any

import yaml
from pydantic import ValidationError

from environments.batch import SERVICES
from environments.promotion import neighbours
from environments.settings import EnvironmentSettings, SettingsError, known_regions

if TYPE_CHECKING:
    from collections.abc import Hashable

    from pydantic_core import ErrorDetails

FOLDER = Path(__file__).parent
# Names another folder of environment files, such as one of a repository of its own.
VARIABLE = "MLOPS_SETTINGS"
# Beside the environments, and not one of them: see `own_types`.
OWN_TYPES_FILE = "resource-types.yaml"


def settings_folder(root: Path = FOLDER.parent) -> Path:
    """Return the folder of a project's environment files: ``environments``, or that of VARIABLE."""
    return root / (os.environ.get(VARIABLE) or FOLDER.name)


def available_environments(folder: Path | None = None) -> tuple[str, ...]:
    """List the environments that have a file, in `settings_folder` unless given."""
    return tuple(path.stem for path in _environment_files(folder or settings_folder()))


def _environment_files(folder: Path) -> list[Path]:
    return sorted(path for path in folder.glob("*.yaml") if path.name != OWN_TYPES_FILE)


def load_environments(names: str, folder: Path | None = None) -> tuple[EnvironmentSettings, ...]:
    """Read several environments, named as ``-c environment=dev,staging`` does."""
    wanted = list(dict.fromkeys(name.strip() for name in names.split(",") if name.strip()))
    if not wanted:
        raise SettingsError(f"no environment named; {_existing(folder or settings_folder())}")
    found: list[EnvironmentSettings] = []
    mistakes: list[str] = []
    for name in wanted:
        try:
            found.append(load_environment(name, folder))
        except SettingsError as error:
            mistakes.extend(error.mistakes)
    if mistakes:
        raise SettingsError(*mistakes)
    return tuple(found)


def load_environment(name: str, folder: Path | None = None) -> EnvironmentSettings:
    """Read one environment by its file's stem, such as ``dev``."""
    folder = folder or settings_folder()
    if name not in available_environments(folder):
        raise SettingsError(f"unknown environment {name!r}; {_existing(folder)}")
    path = folder / f"{name}.yaml"
    raw = read_file(path)
    misplaced = []
    if raw.pop("name", None) is not None:
        misplaced.append(f"{label(path)}: name: is not a known field; the file's stem is the name")
    misplaced += [
        f"{label(path)}: {field}: is not a known field; promotes_to says who follows"
        for field in ("next_environment", "previous_environment")
        if raw.pop(field, None) is not None
    ]
    region = str(raw.get("region"))
    others = _others(path)
    files = {name: raw, **{Path(label).stem: content for label, content in others.items()}}
    context = {
        "region": region if region in known_regions() else None,
        "taken_cidrs": _taken_cidrs(others),
        "job_log_owners": _job_log_owners(others),
        "files": files,
    }
    try:
        settings = EnvironmentSettings.model_validate({"name": name, **raw}, context=context)
    except ValidationError as error:
        lines = (f"{label(path)}: {in_words(detail)}" for detail in error.errors())
        raise SettingsError(*misplaced, *lines) from None
    if misplaced:
        raise SettingsError(*misplaced)
    return settings.model_copy(update=neighbours(name, files))


def allowed_instance_types(name: str, account: str, folder: Path | None = None) -> tuple[str, ...]:
    """Look up the instance types of an environment's compute; empty where the settings set none."""
    try:
        settings = load_environment(name, folder)
    except SettingsError:
        return ()
    return tuple(settings.instance_types) if settings.account == account else ()


def delivered_environments(
    settings: EnvironmentSettings, folder: Path | None = None
) -> tuple[EnvironmentSettings, ...]:
    """Read the environments that a delivery goes through."""
    if settings.delivery is None:
        return ()
    folder = folder or settings_folder()
    others = [name for name in available_environments(folder) if name != settings.name]
    promoted = [each.environment for each in settings.delivery.promotions]
    missing = [
        f"{label(folder / f'{settings.name}.yaml')}: delivery.promotions[{number}].environment:"
        f" {name!r} is no other environment; those that exist: {', '.join(others) or 'none'}"
        for number, name in enumerate(promoted)
        if name not in others
    ]
    if missing:
        raise SettingsError(*missing)
    found = [load_environment(name, folder) for name in promoted]
    place = (settings.account, settings.region)
    wrong = [
        f"{label(folder / f'{settings.name}.yaml')}: delivery.promotions: smoke_batch: {each.name}"
        " is of another account or region, where builds start nothing; leave it out"
        for each in found
        if each.name in settings.delivery.smoke_environments
        and (each.account, each.region) != place
    ]
    if wrong:
        raise SettingsError(*wrong)
    return (settings, *found)


if TYPE_CHECKING or not hasattr(yaml, "CSafeLoader"):
    from yaml import SafeLoader
else:
    from yaml import CSafeLoader as SafeLoader  # in C: ten times as fast


class UniqueKeyLoader(SafeLoader):
    """YAML that refuses a key written twice, where plain YAML silently keeps the last."""

    def construct_mapping(self, node: yaml.MappingNode, deep: bool = False) -> dict[Hashable, Any]:
        """Refuse what PyYAML accepts."""
        seen = set()
        for key_node, _ in node.value:
            key = key_node.value
            if not isinstance(key_node, yaml.ScalarNode):
                raise yaml.constructor.ConstructorError(
                    problem="a field's name must be a word", problem_mark=key_node.start_mark
                )
            if key in seen:
                raise yaml.constructor.ConstructorError(
                    problem=f"{key!r} is written twice", problem_mark=key_node.start_mark
                )
            seen.add(key)
        return super().construct_mapping(node, deep)


def read_file(path: Path) -> dict[str, Any]:
    """Read a file of fields; one that stands twice is refused."""
    try:
        content = yaml.load(path.read_text(encoding="utf-8"), Loader=UniqueKeyLoader)  # noqa: S506 - a SafeLoader
    except yaml.MarkedYAMLError as error:
        line = error.problem_mark.line + 1 if error.problem_mark else 1
        raise SettingsError(f"{label(path)}: line {line}: not YAML: {error.problem}") from None
    except (yaml.YAMLError, UnicodeDecodeError) as error:
        reason = str(error).splitlines()[0]
        raise SettingsError(f"{label(path)}: not YAML: {reason}") from None
    except OSError as error:
        raise SettingsError(f"{label(path)}: cannot be read: {error.strerror}") from None
    if not isinstance(content, dict):
        raise SettingsError(f"{label(path)}: must have fields such as 'account: …', one a line")
    return {str(key): value for key, value in content.items()}


def _others(path: Path) -> dict[str, dict[str, Any]]:
    """Read the other files, by their labels; an unreadable one has its own message."""
    others = {}
    for other in _environment_files(path.parent):
        if other != path:
            with contextlib.suppress(SettingsError):
                others[label(other)] = read_file(other)
    return others


def _taken_cidrs(others: dict[str, dict[str, Any]]) -> dict[str, str]:
    """Collect the ranges of other files."""
    taken: dict[str, str] = {}
    for label, content in others.items():
        network = content.get("network")
        if isinstance(network, dict):
            with contextlib.suppress(ValueError):
                taken[label] = str(ipaddress.IPv4Network(network.get("vpc_cidr")))
    return taken


def _job_log_owners(others: dict[str, dict[str, Any]]) -> dict[tuple[str, str], str]:
    """Return the other file that makes the jobs' log groups of an account and region."""
    owners: dict[tuple[str, str], str] = {}
    for label, content in others.items():
        retention = content.get("retention")
        if isinstance(retention, dict) and retention.get("own_job_logs") is True:
            owners[str(content.get("account")), str(content.get("region"))] = label
    return owners


def file_of(name: str) -> str:
    """Name the file of an environment as messages do."""
    return label(settings_folder() / f"{name}.yaml")


def _existing(folder: Path) -> str:
    names = ", ".join(available_environments(folder))
    return f"environments that exist: {names or f'none in {folder}'}"


def label(path: Path) -> str:
    """Name a file relative to the project's folder."""
    return f"{path.parent.name}/{path.name}"


def in_words(detail: ErrorDetails) -> str:
    """Say what is wrong with a field."""
    location = [part for part in detail["loc"] if part != "[key]"]
    # A service that a query names is not a field of it.
    location = [
        part
        for index, part in enumerate(location)
        if part not in SERVICES or location[index - 1] != "query"
    ]
    field = ".".join(f"[{part}]" if isinstance(part, int) else str(part) for part in location)
    field = field.replace(".[", "[") or "file"
    kind, message = detail["type"], detail["msg"]
    if kind in {"union_tag_invalid", "union_tag_not_found"}:
        return f"{field}.service: must be {' or '.join(SERVICES)}"
    if kind == "missing":
        return f"{field}: is missing"
    if kind == "extra_forbidden":
        return f"{field}: is not a known field; remove it or correct its spelling"
    if kind == "value_error":
        return f"{field}: {message.removeprefix('Value error, ')}"
    if kind in {"model_type", "model_attributes_type", "dict_type"}:
        return f"{field}: must have fields, not {_shown(detail['input'])}"
    given = detail["input"]
    expected = re.sub(r"^Input should be ", "must be ", message)
    if kind == "tuple_type":
        expected = f"must be a list{_such_as(given)}"
    return f"{field}: {expected}, not {_shown(given)}"


def _such_as(given: object) -> str:
    """Write as a list the names of a text, which may itself look like one."""
    text = given.strip(" []") if isinstance(given, str) else ""
    names = [name for each in text.split(",") if (name := each.strip(" '\""))]
    return f", such as [{', '.join(names)}]" if names else ""


def _shown(value: object) -> str:
    text = " ".join(repr(value).split())
    return "nothing" if value is None else text[:60]
