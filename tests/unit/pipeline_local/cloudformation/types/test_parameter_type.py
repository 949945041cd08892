"""Parameters as templates write them."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from tests.unit.pipeline_local.cloudformation.types.resource_stack import Stack

KIND = "SSM::Parameter"


def test_a_parameter_changes(stack: Stack) -> None:
    name = {"Name": f"/secure-mlops/{stack.name}/role", "Type": "String"}
    before = {**name, "Value": "a", "Description": "A role", "Tags": {"owner": "x", "old": "1"}}
    after = {**name, "Value": "b", "Tags": {"owner": "y"}}
    parameter = stack.create(KIND, before)
    assert parameter.physical_id == name["Name"]
    assert parameter.attributes == {"Type": "String", "Value": "a"}
    changed = stack.update(KIND, name["Name"], before, after)
    assert changed.attributes["Value"] == "b"
    stack.delete(KIND, name["Name"], after)


def test_a_parameter_that_exists_is_refused(stack: Stack) -> None:
    properties = {"Name": f"/{stack.name}", "Type": "String", "Value": "a"}
    stack.create(KIND, properties)
    assert "The parameter already exists" in stack.refused(KIND, properties)
