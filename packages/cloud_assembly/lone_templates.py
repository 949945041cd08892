"""Templates without an assembly: files of JSON or YAML, and the assets beside them."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from cloud_assembly.cloud_assembly import CloudAssembly, read_assets
from cloud_assembly.stack import Stack
from mlops_common.errors import MlopsError
from mlops_common.strict_json import each_once, read_strictly

if TYPE_CHECKING:
    from pathlib import Path

SUFFIXES = (".json", ".yaml", ".yml", ".template")
# Tags that stand for a function without the "Fn::" in front.
_BARE_TAGS = ("Ref", "Condition")


def read_templates(path: Path, account: str, region: str) -> CloudAssembly:
    """Read one template, or all of a folder, as stacks that are deployed together."""
    files = [path] if path.is_file() else sorted(filter(_may_be_template, path.iterdir()))
    found = [(file, document) for file in files if is_template(document := read_document(file))]
    if not found:
        raise MlopsError(
            f"{path}: is neither a cloud assembly (manifest.json is missing) nor a CloudFormation "
            "template (Resources is missing)"
        )
    stacks = tuple(
        Stack(_stack_name(file), account, region, document, _assets_beside(file))
        for file, document in found
    )
    return CloudAssembly(path if path.is_dir() else path.parent, stacks)


def is_template(document: object) -> bool:
    """Return whether a document is a CloudFormation template."""
    return isinstance(document, dict) and isinstance(document.get("Resources"), dict)


def read_document(path: Path) -> Any:
    """Read JSON or YAML, CloudFormation's short tags included."""
    try:
        text = path.read_text()
    except FileNotFoundError:
        raise MlopsError(f"{path}: there is no such file") from None
    except (OSError, ValueError) as error:
        raise MlopsError(f"{path}: cannot be read: {error}") from None
    if path.suffix in (".yaml", ".yml") or not text.lstrip().startswith(("{", "[")):
        return _read_yaml(path, text)
    try:
        return read_strictly(text)
    except RecursionError:
        raise MlopsError(f"{path}: is nested too deeply") from None
    except ValueError as error:
        raise MlopsError(f"{path}: cannot be read as JSON: {error}") from None


def keys_once(node: Any) -> None:
    """Refuse a mapping of YAML in which a key stands twice."""
    import yaml

    keys = (key.value for key, _ in node.value if isinstance(key, yaml.ScalarNode))
    each_once([(key, None) for key in keys])


def _read_yaml(path: Path, text: str) -> Any:
    import yaml

    class Loader(yaml.SafeLoader):
        """Loader of dates as text, of tags as functions, and of each key once."""

        def construct_mapping(self, node: Any, deep: bool = False) -> Any:
            keys_once(node)
            return super().construct_mapping(node, deep=deep)

    def function(loader: Any, suffix: str, node: Any) -> dict[str, Any]:
        if isinstance(node, yaml.ScalarNode):
            value: Any = loader.construct_scalar(node)
        elif isinstance(node, yaml.SequenceNode):
            value = loader.construct_sequence(node, deep=True)
        else:
            value = loader.construct_mapping(node, deep=True)
        return {suffix if suffix in _BARE_TAGS else f"Fn::{suffix}": value}

    def text_of(loader: Any, node: Any) -> Any:
        return loader.construct_scalar(node)

    Loader.add_multi_constructor("!", function)
    Loader.add_constructor("tag:yaml.org,2002:timestamp", text_of)
    try:
        found = yaml.load(text, Loader)  # noqa: S506 - a SafeLoader with functions as plain data
        return read_strictly(json.dumps(found))  # it has to have a form in JSON
    except RecursionError:
        raise MlopsError(f"{path}: is nested too deeply") from None
    except (yaml.YAMLError, TypeError, ValueError) as error:
        problem = " ".join(str(error).split())
        raise MlopsError(f"{path}: cannot be read as JSON or YAML: {problem}") from None


def _may_be_template(path: Path) -> bool:
    is_assets = path.name.endswith(".assets.json")
    return path.is_file() and path.suffix in SUFFIXES and not is_assets


def _stack_name(path: Path) -> str:
    return path.name.split(".")[0]


def _assets_beside(path: Path) -> dict[str, Path]:
    """Return the assets that came along with a template; others are missed where they are used."""
    assets = read_assets(path.with_name(f"{_stack_name(path)}.assets.json"))
    return {key: asset for key, asset in assets.items() if asset.exists()}
