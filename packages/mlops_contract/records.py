"""Typed records from JSON and back: dataclasses of text, lists, mappings and other records."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import MISSING, Field, fields, is_dataclass
from functools import cache
from types import UnionType
from typing import Any, get_args, get_origin, get_type_hints


class MalformedRecordError(ValueError):
    """A malformed record; one line says where."""


def parse(form: Any, value: object, place: str) -> Any:
    """Build a value from JSON; `place` says in messages where it stands.

    A form is ``str``, ``tuple[form, ...]``, ``Mapping[str, form]``, ``form | None``, or a dataclass
    of such fields.

    Examples
    --------
    >>> parse(tuple[str, ...], ["a", "b"], "here")
    ('a', 'b')
    """
    arguments = get_args(form)
    if form is str:
        return _checked(value, str, "text", place)
    if get_origin(form) is UnionType:
        return parse(arguments[0], value, place)
    if get_origin(form) is tuple:
        items = enumerate(_checked(value, list, "a list", place))
        return tuple(parse(arguments[0], each, f"{place}[{index}]") for index, each in items)
    members = _checked(value, dict, "an object", place)
    if get_origin(form) is Mapping:
        return {
            _checked(name, str, "text in its keys", place): parse(
                arguments[1], each, f"{place}[{name!r}]"
            )
            for name, each in members.items()
        }
    return _parse_fields(form, members, place)


def to_json(value: object) -> Any:
    """Render a record as JSON, without the fields that have their default."""
    if is_dataclass(value):
        items = ((each, getattr(value, each.name)) for each in fields(value))
        return {_name(each): to_json(item) for each, item in items if item != _default(each)}
    if isinstance(value, Mapping):
        return {name: to_json(item) for name, item in value.items()}
    if isinstance(value, list | tuple):
        return [to_json(item) for item in value]
    return value


@cache
def _hints(form: Any) -> dict[str, Any]:
    return get_type_hints(form)


def _parse_fields(form: Any, members: Mapping[str, object], place: str) -> Any:
    hints, known = _hints(form), {_name(each): each for each in fields(form)}
    for name in members:
        if name not in known:
            choice = ", ".join(known)
            raise MalformedRecordError(f"{place}: unknown field {name!r}; choose from {choice}")
    for name, each in known.items():
        if name not in members and _default(each) is MISSING:
            raise MalformedRecordError(f"{place}: the field {name!r} is missing")
    return form(
        **{
            each.name: parse(hints[each.name], members[name], f"{place}.{name}")
            for name, each in known.items()
            if name in members
        }
    )


def _checked(value: object, form: type, what: str, place: str) -> Any:
    if not isinstance(value, form):
        raise MalformedRecordError(f"{place}: must be {what}, not {value!r:.60}")
    return value


def _name(each: Field[Any]) -> str:
    return str(each.metadata.get("json", each.name))


def _default(each: Field[Any]) -> object:
    return each.default if each.default_factory is MISSING else each.default_factory()
