"""What a new template would change in a stack, property by property."""

from __future__ import annotations

from contextlib import suppress
from typing import TYPE_CHECKING, Any

from cloud_assembly.attributes import is_custom
from mlops_common.errors import MlopsError
from pipeline_local.cloudformation.deployment import active_needs
from pipeline_local.cloudformation.evaluation import LiveResolver, as_shown
from pipeline_local.cloudformation.resource_type import ResourceError
from pipeline_local.cloudformation.schemas import changed_paths, replaces, with_tags
from pipeline_local.cloudformation.steps import GONE
from pipeline_local.cloudformation.template import order_of, references

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from pipeline_local.cloudformation.evaluation import Surroundings
    from pipeline_local.cloudformation.resource_type import ResourceType
    from pipeline_local.cloudformation.stacks import Definition, Record, Stack

_OWN = ("Metadata", "DeletionPolicy", "UpdateReplacePolicy", "UpdatePolicy", "CreationPolicy")


class Preview:
    """The changes of a change set."""

    def __init__(
        self,
        stack: Stack,
        target: Definition,
        surroundings: Surroundings,
        types: Mapping[str, ResourceType],
    ) -> None:
        self._stack, self._target, self._types = stack, target, types
        self._records = {
            name: each
            for name, each in stack.records.items()
            if each.status not in GONE and each.physical_id
        }
        self._resolver = LiveResolver(stack, target, self._records, surroundings, previews=True)

    def changes(self) -> list[dict[str, Any]]:
        """Return the changes as the API describes them."""
        needs = active_needs(self._target.template, self._resolver)
        # In the order of the deployment, so that what a replacement changes is known.
        found = {name: self._change(name) for name in order_of(needs)}
        removed = [
            _change("Remove", record, PolicyAction=_policy_action(record, "DeletionPolicy"))
            for name, record in self._records.items()
            if name not in needs
        ]
        return [*removed, *(change for name in needs if (change := found[name]) is not None)]

    def _change(self, logical_id: str) -> dict[str, Any] | None:
        body = self._target.template["Resources"][logical_id]
        kind = str(body["Type"])
        record = self._records.get(logical_id)
        properties = self._properties(body, kind)
        if record is None:
            after = {"Properties": as_shown(properties)}
            return _described("Add", logical_id, "", kind, AfterContext=after)
        details = list(self._details(record, body, properties))
        own: list[dict[str, Any]] = [
            {"Target": {"Attribute": each, "RequiresRecreation": "Never"}, **_STATIC}
            for each in _OWN
            if body.get(each) != record.body.get(each)
        ]
        if not details and not own:
            return None
        needed = {each["Target"]["RequiresRecreation"] for each in details}
        replacement = "True" if "Always" in needed else "False"
        if replacement == "True":
            self._resolver.open_records.add(logical_id)
        scope = [
            *(["Properties"] if details else []),
            *(each["Target"]["Attribute"] for each in own),
        ]
        more: dict[str, Any] = {"Replacement": replacement, "Scope": scope}
        if replacement == "True":
            more["PolicyAction"] = (
                "ReplaceAndRetain"
                if body.get("UpdateReplacePolicy") == "Retain"
                else "ReplaceAndDelete"
            )
        return _change(
            "Modify",
            record,
            **more,
            Details=[*details, *own],
            BeforeContext={"Properties": record.properties},
            AfterContext={"Properties": as_shown(properties)},
        )

    def _properties(self, body: Mapping[str, Any], kind: str) -> dict[str, Any]:
        found: dict[str, Any] = {}
        for name, value in body.get("Properties", {}).items():
            # What cannot be told yet fails the deployment, if it does.
            with suppress(ResourceError, MlopsError):
                resolved = self._resolver.value({name: value})
                found |= resolved
        known = self._types.get(kind)
        tagged = with_tags(found, self._target.tags, kind, self._stack.region)
        return found if known and not set(tagged) - set(found) <= known.properties else tagged

    def _details(
        self, record: Record, body: Mapping[str, Any], properties: Mapping[str, Any]
    ) -> Iterator[dict[str, Any]]:
        for path in changed_paths(record.properties, properties):
            first = path.partition(".")[0]
            old, new = _at(record.properties, path), as_shown(_at(properties, path))
            anew = not is_custom(record.kind) and replaces(record.kind, path, self._stack.region)
            target: dict[str, Any] = {
                "Attribute": "Properties",
                "Name": first,
                "Path": "/Properties/" + path.replace(".", "/"),
                "RequiresRecreation": "Always" if anew else "Never",
                "AttributeChangeType": (
                    "Add" if old is None else "Remove" if new is None else "Modify"
                ),
            }
            if old is not None:
                target["BeforeValue"] = _text(old)
            if new is not None:
                target["AfterValue"] = _text(new)
            named = sorted(references(body.get("Properties", {}).get(first)))
            declared = self._target.template.get("Parameters", {})
            if not named:
                yield {"Target": target, **_STATIC}
                continue
            source = "ParameterReference" if named[0] in declared else "ResourceReference"
            yield {
                "Target": target,
                "Evaluation": "Dynamic",
                "ChangeSource": source,
                "CausingEntity": named[0],
            }


_STATIC = {"Evaluation": "Static", "ChangeSource": "DirectModification"}


def _change(action: str, record: Record, **more: Any) -> dict[str, Any]:
    return _described(action, record.logical_id, record.physical_id, record.kind, **more)


def _described(
    action: str, logical_id: str, physical_id: str, kind: str, **more: Any
) -> dict[str, Any]:
    contexts: dict[str, Any] = {
        name: _text(more.pop(name)) for name in ("BeforeContext", "AfterContext") if name in more
    }
    change: dict[str, Any] = {
        "Action": action,
        "LogicalResourceId": logical_id,
        "ResourceType": kind,
        **({"PhysicalResourceId": physical_id} if physical_id else {}),
        **more,
        **contexts,
    }
    return {"Type": "Resource", "ResourceChange": change}


def _policy_action(record: Record, name: str) -> str:
    return "Delete" if record.policy(name) == "Delete" else "Retain"


def _at(value: Any, path: str) -> Any:
    for part in path.split("."):
        value = value.get(part) if isinstance(value, dict) else None
    return value


def _text(value: object) -> str:
    import json

    return value if isinstance(value, str) else json.dumps(value, separators=(",", ":"))
