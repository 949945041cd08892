"""Every attribute of every type of cfn-lint's table is known, a symbol, or refused."""

from __future__ import annotations

import re
from typing import Any

import pytest

from cloud_assembly.arn_forms import ARN_FORMS
from cloud_assembly.attributes import attribute_patterns, is_custom
from cloud_assembly.intrinsics import Resolver
from cloud_assembly.stack import Stack
from mlops_common.errors import MlopsError
from mlops_common.symbols import GENERATED, OPEN

REGION = "us-east-1"
ID = "Zyxwvut"  # A logical id that is part of no form and of no attribute.


@pytest.fixture(scope="module")
def table() -> dict[str, tuple[str, ...]]:
    """Read the table as the linter itself does."""
    from cfnlint.schema import (  # type: ignore[import-untyped]
        PROVIDER_SCHEMA_MANAGER as MANAGER,
    )

    return {
        kind: tuple(MANAGER.get_resource_schema(REGION, kind).get_atts.data)
        for kind in MANAGER.get_resource_types(REGION)
    }


def _resolver(kind: str) -> tuple[Resolver, Stack]:
    stack = Stack("dev-ml", "111122223333", REGION, {"Resources": {ID: {"Type": kind}}})
    return Resolver([stack]), stack


def _value(kind: str, attribute: str) -> Any:
    resolver, stack = _resolver(kind)
    return resolver.resolve({"Fn::GetAtt": [ID, attribute]}, stack)


def _without_symbols(text: str) -> str:
    return OPEN.sub("", GENERATED.sub("", text))


def test_the_attributes_are_those_of_the_linter(table: dict[str, tuple[str, ...]]) -> None:
    different = [
        kind
        for kind, names in table.items()
        if not is_custom(kind) and set(attribute_patterns(kind, REGION) or ()) != set(names)
    ]
    assert len(table) > 1000
    assert different == []


def test_a_value_is_known_or_a_symbol_and_never_the_logical_id(
    table: dict[str, tuple[str, ...]],
) -> None:
    for kind, names in table.items():
        resolver, stack = _resolver(kind)
        for name in (*names, "Ref"):
            attribute = name.replace(r"\..*", ".Any").replace(".*", "Any")
            wanted = {"Ref": ID} if name == "Ref" else {"Fn::GetAtt": [ID, attribute]}
            found = resolver.resolve(wanted, stack)
            (value,) = map(str, found if isinstance(found, list) else [found])
            rest = _without_symbols(value)
            assert rest != value, f"{kind}.{attribute}: {value} is a guess"
            assert ID.lower() not in rest.lower(), f"{kind}.{attribute}: {value}"
            # Around a symbol there may only be the form of an ARN or of a queue's address.
            assert not rest or re.match(r"arn:aws:|https://sqs\.", rest), f"{kind}.{attribute}"


def test_an_attribute_that_no_type_has_is_refused(table: dict[str, tuple[str, ...]]) -> None:
    for kind in table:
        if is_custom(kind):
            continue
        with pytest.raises(MlopsError, match=rf"{ID}\.Nonsense: {kind} has no such attribute"):
            _value(kind, "Nonsense")


@pytest.mark.parametrize("kind", sorted(ARN_FORMS))
def test_every_form_of_the_map_is_one_of_the_reference_and_fills_it(kind: str) -> None:
    form = ARN_FORMS[kind]
    stack = Stack("dev-ml", "111122223333", REGION, {})
    arn = form.arn(stack, "NAME", "/")
    assert arn.startswith("arn:aws:")
    assert arn.count("NAME") == 1
    assert "$" not in arn
    names = attribute_patterns(kind, REGION)
    assert names is not None
    assert not form.attribute or form.attribute in names
