"""Resources of the changed templates, matched with the original ones.

To CloudFormation, a resource with another logical id is a new one beside an old one; to a reader
it is the same one, moved. The rest of the review follows the resource.
"""

from __future__ import annotations

import itertools
import json
import re
from collections import defaultdict
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping, Sequence

    from cloud_assembly.stack import Stack

    Ids = Mapping[str, str]

_PLACEHOLDER = re.compile(r"\$\{(?!!)([A-Za-z0-9]+)")
_DIGEST = re.compile(r"\b[0-9a-f]{64}\b")
_HALF = 0.5
_IGNORED = {"AWS::CDK::Metadata"}
# Types that deliver files, named after their content.
OF_FILES = {"AWS::Lambda::Function", "AWS::Lambda::LayerVersion", "Custom::CDKBucketDeployment"}


@dataclass(frozen=True)
class Moved:
    """A resource that has another logical id than before."""

    stack: str
    before: str
    after: str


def follow_moves(
    before: Sequence[Stack], after: Sequence[Stack]
) -> tuple[tuple[Stack, ...], tuple[Moved, ...]]:
    """Restore the original logical ids where a resource only moved."""
    originals = {stack.name: stack for stack in before}
    stacks, moved = [], []
    for stack in after:
        original = originals.get(stack.name)
        pairs = {} if original is None else _moves(original, stack)
        moved += [Moved(stack.name, old, new) for new, old in pairs.items()]
        stacks.append(replace(stack, template=_renamed(stack.template, pairs)) if pairs else stack)
    return tuple(stacks), tuple(moved)


def _moves(before: Stack, after: Stack) -> dict[str, str]:
    """Return the pairs, original id by new id, the surest first."""
    pairs: dict[str, str] = {}
    gone = {key: body for key, body in before.resources.items() if key not in after.resources}
    come = {key: body for key, body in after.resources.items() if key not in before.resources}
    masked = {*gone, *come}
    rules: tuple[Callable[[Mapping[str, Any]], str], ...] = (
        _given_name,
        lambda body: json.dumps(_content(body, masked), sort_keys=True),
        lambda body: _DIGEST.sub("content", json.dumps(_content(body, masked), sort_keys=True)),
    )
    for rule in rules:
        for new, old in _unique_pairs(gone, come, rule):
            pairs[new] = old
            del gone[old], come[new]
    alone = _unique_pairs(gone, come, lambda _: "the only one of its type")
    return pairs | {
        new: old
        for new, old in alone
        if _likeness(_content(gone[old], masked), _content(come[new], masked)) > _HALF
    }


def _unique_pairs(
    gone: Mapping[str, Any], come: Mapping[str, Any], rule: Callable[[Mapping[str, Any]], str]
) -> list[tuple[str, str]]:
    """Pair ids whose types and marks agree; with several alike, in their order."""
    sides: tuple[dict[tuple[str, str], list[str]], ...] = (defaultdict(list), defaultdict(list))
    for side, resources in zip(sides, (gone, come), strict=True):
        for key, body in resources.items():
            mark = rule(body)
            if mark and body["Type"] not in _IGNORED:
                side[body["Type"], mark].append(key)
    return [
        pair
        for mark, news in sides[1].items()
        if len(sides[0].get(mark, ())) == len(news)
        for pair in zip(news, sides[0][mark], strict=True)
    ]


def _given_name(body: Mapping[str, Any]) -> str:
    names = {
        key: value
        for key, value in body.get("Properties", {}).items()
        if key.endswith("Name") and isinstance(value, str)
    }
    return json.dumps(names, sort_keys=True) if names else ""


def _content(body: Mapping[str, Any], masked: Iterable[str]) -> Any:
    """Return a resource without what its own or a neighbour's new id changes."""
    ids = dict.fromkeys(masked, "moved")
    return _rewritten({key: body.get(key) for key in ("Type", "Properties", "Condition")}, ids)


def _likeness(one: Any, other: Any) -> float:
    """Return the share of equal properties of two resources."""
    first, second = (each.get("Properties") or {} for each in (one, other))
    names = {*first, *second}
    equal = [key for key in names if first.get(key) == second.get(key)]
    return len(equal) / max(len(names), 1)


def _renamed(template: dict[str, Any], ids: Ids) -> dict[str, Any]:
    """Rename the resources of a template and all that refers to them."""
    whole: dict[str, Any] = _rewritten(template, ids)
    whole["Resources"] = {ids.get(key, key): body for key, body in whole["Resources"].items()}
    return whole


def _rewritten(value: Any, ids: Ids) -> Any:
    if isinstance(value, list):
        return [_rewritten(each, ids) for each in value]
    if not isinstance(value, dict):
        return value
    return {key: _argument(key, each, ids) for key, each in value.items()}


def _argument(key: str, value: Any, ids: Ids) -> Any:
    if key == "Ref" and isinstance(value, str):
        return ids.get(value, value)
    if key == "DependsOn":
        names = [value] if isinstance(value, str) else value
        return sorted(ids.get(each, each) for each in names)
    if key == "Fn::GetAtt" and isinstance(value, list):
        return [ids.get(value[0], value[0]), *value[1:]]
    if key == "Fn::Sub":
        return _substitution(value, ids)
    return _rewritten(value, ids)


def _substitution(value: Any, ids: Ids) -> Any:
    text, variables = value if isinstance(value, list) else (value, None)
    renamed = _PLACEHOLDER.sub(lambda found: "${" + ids.get(found[1], found[1]), text)
    return renamed if variables is None else [renamed, _rewritten(variables, ids)]


def follow_content(
    before: Sequence[Stack], after: Sequence[Stack]
) -> tuple[tuple[Stack, ...], dict[str, str]]:
    """Restore the original content hashes of changed files, so that names alone are no change."""
    originals = {stack.name: stack for stack in before}
    digests: dict[str, str] = {}
    for stack in after:
        known = originals[stack.name].resources if stack.name in originals else {}
        for key, body in stack.resources.items():
            old = known.get(key)
            if old and old["Type"] == body["Type"] and body["Type"] in OF_FILES:
                found = [_DIGEST.findall(json.dumps(each)) for each in (body, old)]
                if len(found[0]) == len(found[1]):
                    digests |= {n: o for n, o in zip(*found, strict=True) if n != o}
    if not digests:
        return tuple(after), {}
    stacks = []
    for stack in after:
        text = _DIGEST.sub(lambda d: digests.get(d[0], d[0]), json.dumps(stack.template))
        original = originals[stack.name].template if stack.name in originals else {}
        stacks.append(replace(stack, template=_in_order(json.loads(text), original)))
    return tuple(stacks), digests


def _in_order(value: Any, old: Any) -> Any:
    """Restore the order of policies' resources, which the CDK sorts by their new hashes."""
    if isinstance(value, list) and isinstance(old, list):
        pairs = itertools.zip_longest(value, old[: len(value)])
        return [_in_order(each, before) for each, before in pairs]
    if not isinstance(value, dict) or not isinstance(old, dict):
        return value
    return {
        key: old[key]
        if key == "Resource" and _elements(each) == _elements(old.get(key))
        else _in_order(each, old.get(key))
        for key, each in value.items()
    }


def _elements(value: Any) -> list[str]:
    listed = value if isinstance(value, list) else [value]
    return sorted(json.dumps(each, sort_keys=True) for each in listed)
