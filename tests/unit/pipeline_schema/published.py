"""AWS's published JSON schema of definitions, from `published_schema.yaml`: draws and mutations."""

from __future__ import annotations

import copy
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

import jsonschema
import yaml

from pipeline_schema.walking import values_in

if TYPE_CHECKING:
    import random
    from collections.abc import Iterator

FACTS: dict[str, Any] = yaml.safe_load(
    Path(__file__).with_name("published_schema.yaml").read_text(encoding="utf-8")
)
_GET = {"type": "object", "properties": {"Get": {"type": "string"}}, "required": ["Get"]}
_PLAIN: dict[str, dict[str, Any]] = {
    "text": {"type": "string"},
    "whole": {"type": "integer"},
    "number": {"type": "number"},
    "truth": {"type": "boolean"},
    "plain": {"type": ["string", "number", "boolean"]},
    "name": {"type": "string", "pattern": r"^[A-Za-z0-9\-_]{1,64}\Z"},
    "texts": {"type": "object", "additionalProperties": {"anyOf": [{"type": "string"}, _GET]}},
    "anything": {"type": "object"},
}
_GROUPS = {
    "parameter": [*FACTS["parameters"].values()],
    "plain condition": [FACTS["conditions"]["binary"], FACTS["conditions"]["in"]],
    "condition": [*FACTS["conditions"].values()],
    "nested": [FACTS["steps"][name] | {"Type!": name} for name in FACTS["nested"]],
    "step": [fields | {"Type!": name} for name, fields in FACTS["steps"].items()],
}
_VALUES: dict[str, tuple[Any, ...]] = {
    "text": ("a", "ml.m5.large", "s3://b/k", "File", "", "arn:aws:iam::111122223333:role/Job"),
    "whole": (1, 2, 30),
    "number": (1, 0.5),
    "truth": (True, False),
    "plain": ("a", 1, 0.5, True),
    "name": ("A", "step-1", "under_score"),
    "texts": ({}, {"a": "b"}),
    "anything": ({}, {"a": 1, "b": {"Get": "Parameters.P"}}),
}
WRONG: tuple[Any, ...] = (None, 5, True, "two words", [], {}, [None], {"Get": 5}, "x" * 300)


def schema_of(form: Any) -> dict[str, Any]:
    """Return the JSON schema of a form."""
    if isinstance(form, dict):
        return {
            "type": "object",
            "properties": {name.rstrip("!"): schema_of(item) for name, item in form.items()},
            "required": [name.rstrip("!") for name in form if name.endswith("!")],
            "additionalProperties": False,
        }
    if isinstance(form, list):
        return {"type": "array", "items": schema_of(form[0])}
    if form.startswith("="):
        # One that names its type is asked only then: the message is about that one.
        return {"$ref": f"#/$defs/{form[1:].replace(' ', '-')}"}
    kind = form.removesuffix("?")
    plain = _PLAIN.get(kind) or {"type": "string", "enum": kind.split("|")}
    return {"anyOf": [plain, _GET]} if form.endswith("?") else plain


@cache
def validator() -> jsonschema.Draft7Validator:
    """Return the validator of definitions."""
    groups = {
        name.replace(" ", "-"): {"anyOf": [schema_of(form) for form in forms]}
        for name, forms in _GROUPS.items()
    }
    return jsonschema.Draft7Validator({**schema_of(FACTS["definition"]), "$defs": groups})


def draw(form: Any, chance: random.Random, depth: int = 0) -> Any:
    """Draw a value of a form."""
    if isinstance(form, dict):
        often = 0.7 if depth < 3 else 0.4
        return {
            name.rstrip("!"): draw(item, chance, depth + 1)
            for name, item in form.items()
            if name.endswith("!") or chance.random() < often
        }
    if isinstance(form, list):
        return [draw(form[0], chance, depth + 1) for _ in range(chance.choice((0, 1, 1, 2)))]
    if form.startswith("="):
        return draw(chance.choice(_GROUPS[form[1:]]), chance, depth + 1)
    if form.endswith("?") and chance.random() < 0.2:
        return {"Get": chance.choice(("Parameters.P", "Execution.PipelineName", "Steps.A.B"))}
    kind = form.removesuffix("?")
    return copy.deepcopy(chance.choice(_VALUES.get(kind) or kind.split("|")))


def broken(document: dict[str, Any], chance: random.Random) -> dict[str, Any]:
    """Return a definition with one place changed: a wrong value, one more field, one less."""
    changed = copy.deepcopy(document)
    owners = [each for _, each in values_in(changed) if isinstance(each, (dict, list)) and each]
    owner = chance.choice(owners)
    key = chance.choice(list(owner) if isinstance(owner, dict) else range(len(owner)))
    verb = chance.choice(("put", "put", "drop", "add"))
    if verb == "drop":
        del owner[key]
    elif verb == "add" and isinstance(owner, dict):
        owner[chance.choice(("Colour", "Name", "Arguments", "Get"))] = chance.choice(WRONG)
    else:
        owner[key] = copy.deepcopy(chance.choice(WRONG))
    return changed


def refused_fields(document: dict[str, Any]) -> Iterator[str]:
    """Yield what the schema refuses, the innermost of each kind of step."""
    for error in validator().iter_errors(document):
        yield from _innermost(error, document)


def _innermost(error: Any, document: Any) -> Iterator[str]:
    instance = error.instance
    if error.validator != "anyOf" or not isinstance(instance, dict) or "Type" not in instance:
        yield f"{'.'.join(map(str, error.absolute_path))}: {error.message[:200]}"
        return
    alike = [
        each
        for number, part in enumerate(error.validator_value)
        if instance["Type"] in part["properties"]["Type"].get("enum", ())
        for each in error.context
        if each.schema_path[0] == number
    ]
    for each in alike:
        yield from _innermost(each, document)
    if not alike:
        yield f"{'.'.join(map(str, error.absolute_path))}: no such Type"
