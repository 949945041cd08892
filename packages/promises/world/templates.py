"""Read CloudFormation templates that are in no cloud assembly."""

from __future__ import annotations

from dataclasses import replace
from functools import cache
from itertools import islice
from typing import TYPE_CHECKING, Any

from cloud_assembly.language_extensions import is_loop
from cloud_assembly.lone_templates import SUFFIXES, is_template, keys_once
from cloud_assembly.stack import Stack
from mlops_common.errors import MlopsError
from mlops_common.strict_json import read_strictly

if TYPE_CHECKING:
    from pathlib import Path

# A template alone names no account and no region; these stand for them.
ACCOUNT, REGION = "123456789012", "us-east-1"
# Files and folders below one that is said to hold templates: /tmp has more.
_MOST = 5_000

_WITHOUT_PREFIX = {"Ref", "Condition"}
_KNOWN = {
    *("Base64", "Cidr", "FindInMap", "GetAtt", "GetAZs", "If", "ImportValue", "Join"),
    *("Select", "Split", "Sub", "And", "Equals", "Not", "Or", "Transform", "Length"),
    *("ToJsonString", "ForEach", *_WITHOUT_PREFIX),
}


def read_template(path: Path) -> Stack:
    """Read one template, JSON or YAML with short-form intrinsic functions."""
    return _stack(_parsed(path), path.name.partition(".")[0], path)


def template_of(text: str, where: str) -> Stack:
    """Read a template that is a text in another one."""
    return _stack(_parsed_text(text, where), where, where)


def _stack(template: Any, name: str, path: Path | str) -> Stack:
    resources = template.get("Resources") if isinstance(template, dict) else None
    if not isinstance(resources, dict) or not resources:
        raise MlopsError(f"{path}: is not a CloudFormation template: it has no Resources")
    for logical_id, body in resources.items():
        if is_loop(str(logical_id)):
            continue
        if not isinstance(body, dict) or not isinstance(body.get("Type"), str):
            raise MlopsError(
                f"{path}: is not a CloudFormation template: resource {logical_id} has no Type"
            )
        if not isinstance(body.get("Properties", {}), dict):
            raise MlopsError(f"{path}: resource {logical_id}: Properties must be an object")
    for section in ("Parameters", "Conditions", "Mappings", "Outputs"):
        if not isinstance(template.get(section, {}), dict):
            raise MlopsError(f"{path}: {section} must be an object")
    return Stack(name, ACCOUNT, REGION, template, alone=True)


def templates_in(path: Path) -> list[Stack]:
    """Read a template, or all in a folder and the folders in it, named by their paths there."""
    if path.is_file():
        return [read_template(path)]
    if not path.is_dir():
        raise MlopsError(f"{path}: there is no such file or folder")
    inside = list(islice(path.rglob("*"), _MOST + 1))
    if len(inside) > _MOST:
        raise MlopsError(
            f"{path}: holds more than {_MOST:,} files and folders; expected is a cloud assembly "
            "(which `cdk synth` writes), a template, or a folder of templates that are deployed "
            "together"
        )
    files = [each for each in sorted(inside) if each.suffix in SUFFIXES and each.is_file()]
    found = [each for each in files if is_template(_parsed(each))]
    if not found:
        raise MlopsError(
            f"{path}: holds neither a cloud assembly (manifest.json, which `cdk synth` writes) nor "
            "a CloudFormation template (Resources)"
        )
    names = [".".join(each.relative_to(path).with_suffix("").parts) for each in found]
    return [
        replace(read_template(each), name=name) for each, name in zip(found, names, strict=True)
    ]


def _parsed(path: Path) -> Any:
    try:
        text = path.read_text()
    except (OSError, UnicodeDecodeError) as error:
        raise MlopsError(f"{path}: cannot be read: {error}") from None
    return _parsed_text(text, path)


def _parsed_text(text: str, path: Path | str) -> Any:
    import yaml

    try:
        if text.lstrip().startswith("{"):
            return read_strictly(text)
        return yaml.load(text, Loader=_loader())  # noqa: S506 - a SafeLoader with our tags
    except RecursionError:
        raise MlopsError(f"{path}: is nested too deeply") from None
    except (ValueError, yaml.YAMLError) as error:
        reason = " ".join(str(error).split())
        raise MlopsError(f"{path}: is neither JSON nor YAML: {reason}") from None


@cache
def _loader() -> Any:
    import yaml

    class TemplateLoader(yaml.SafeLoader):
        """Also reads `!Ref` and its like."""

        def construct_mapping(self, node: Any, deep: bool = False) -> Any:
            keys_once(node)
            found = super().construct_mapping(node, deep=deep)
            if None in found:
                line = node.start_mark.line + 1
                raise MlopsError(f'below line {line}: a key is null; as a text it is "Null"')
            return found

    # A date such as a policy's Version stays the text that it is.
    TemplateLoader.yaml_implicit_resolvers = {
        first: [(tag, rule) for tag, rule in rules if tag != "tag:yaml.org,2002:timestamp"]
        for first, rules in yaml.SafeLoader.yaml_implicit_resolvers.items()
    }

    def construct(loader: Any, name: str, node: Any) -> dict[str, Any]:
        if name not in _KNOWN:
            raise MlopsError(
                f"unknown intrinsic function !{name} in line {node.start_mark.line + 1}"
            )
        value: Any
        if isinstance(node, yaml.ScalarNode):
            value = loader.construct_scalar(node)
        elif isinstance(node, yaml.SequenceNode):
            value = loader.construct_sequence(node, deep=True)
        else:
            value = loader.construct_mapping(node, deep=True)
        if name == "GetAtt" and isinstance(value, str):
            value = value.split(".", 1)
        return {name if name in _WITHOUT_PREFIX else f"Fn::{name}": value}

    TemplateLoader.add_multi_constructor("!", construct)
    return TemplateLoader
