"""Values that stacks export to others."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

import jmespath
import pytest

from pipeline_local.cloudformation.refusals import Refusal
from tests.synthesis import PROJECT
from tests.unit.pipeline_local.cloudformation.conftest import parameter, queue

if TYPE_CHECKING:
    from tests.unit.pipeline_local.cloudformation.conftest import Cloud


def _exporting(name: str) -> dict[str, Any]:
    output = {"Value": {"Ref": "A"}, "Export": {"Name": {"Fn::Sub": "${AWS::StackName}:A"}}}
    return {"Resources": {"A": queue(name), "K": queue("kept")}, "Outputs": {"Out": output}}


IMPORTING = {"Resources": {"P": parameter({"Fn::ImportValue": "first:A"})}}


def test_an_import_has_the_exported_value(cloud: Cloud) -> None:
    cloud.deploy("first", _exporting("a"))
    cloud.deploy("second", IMPORTING)
    assert cloud.service.things["/p"]["Value"] == "a"
    assert cloud.ask("ListImports", ExportName="first:A") == {"Imports": ["second"]}
    (export,) = cloud.ask("ListExports")["Exports"]
    assert (export["Name"], export["Value"]) == ("first:A", "a")


def test_a_missing_export_stops_the_stack_before_its_first_resource(cloud: Cloud) -> None:
    assert cloud.deploy("second", IMPORTING)["StackStatus"] == "ROLLBACK_COMPLETE"
    events = cloud.ask("DescribeStackEvents", StackName="second")["StackEvents"]
    reasons = [each.get("ResourceStatusReason", "") for each in events]
    assert "No export named first:A found. Rollback requested by user." in reasons
    assert cloud.service.calls == []


@pytest.mark.parametrize("page", ["tour", "adopt"])
def test_the_query_of_the_pages_shows_why(cloud: Cloud, page: str) -> None:
    text = (PROJECT / "docs" / f"{page}.md").read_text()
    (query,) = re.findall(r'--query "(StackEvents\[.*)"', text)
    cloud.deploy("first", {"Resources": {"A": queue("a")}})
    cloud.deploy("first", {"Resources": {"A": queue("a"), **IMPORTING["Resources"]}})
    cloud.service.refused = {"create P"}
    cloud.deploy("third", {"Resources": {"P": parameter("value")}})
    shown = {
        tuple(each)
        for name in ("first", "third")
        for each in jmespath.search(query, cloud.ask("DescribeStackEvents", StackName=name))
    }
    failed = "The following resource(s) failed to create: [P]. Rollback requested by user."
    assert shown == {
        ("first", "UPDATE_ROLLBACK_IN_PROGRESS", "No export named first:A found. "),
        ("P", "CREATE_FAILED", "create of P is refused"),
        ("third", "ROLLBACK_IN_PROGRESS", failed),
    }


def test_an_export_in_use_stays_as_it_is(cloud: Cloud) -> None:
    cloud.deploy("first", _exporting("a"))
    cloud.deploy("second", IMPORTING)
    assert cloud.deploy("first", _exporting("b"))["StackStatus"] == "UPDATE_ROLLBACK_COMPLETE"
    without = {"Resources": {"K": queue("kept")}}
    assert cloud.deploy("first", without)["StackStatus"] == "UPDATE_ROLLBACK_COMPLETE"
    events = cloud.ask("DescribeStackEvents", StackName="first")["StackEvents"]
    reasons = [each.get("ResourceStatusReason", "") for each in events]
    assert "Export first:A cannot be updated as it is in use by second. " in reasons
    assert "Export first:A cannot be deleted as it is in use by second. " in reasons
    assert set(cloud.service.things) == {"a", "kept", "/p"}
    stack = cloud.delete("first")
    assert stack["StackStatus"] == "UPDATE_ROLLBACK_COMPLETE"
    expected = "Export first:A cannot be deleted as it is in use by second"
    assert stack["StackStatusReason"] == expected
    cloud.delete("second")
    assert cloud.delete("first")["StackStatus"] == "DELETE_COMPLETE"


def test_two_stacks_do_not_export_one_name(cloud: Cloud) -> None:
    cloud.deploy("first", _exporting("a"))
    second = _exporting("b")
    second["Resources"]["K"] = queue("other")
    second["Outputs"]["Out"]["Export"]["Name"] = "first:A"
    assert cloud.deploy("second", second)["StackStatus"] == "ROLLBACK_COMPLETE"
    events = cloud.ask("DescribeStackEvents", StackName="second")["StackEvents"]
    reasons = " ".join(each.get("ResourceStatusReason", "") for each in events)
    assert "Export with name first:A is already exported by stack first." in reasons


def test_who_imports_nothing_is_refused(cloud: Cloud) -> None:
    with pytest.raises(Refusal, match="'x' is not imported by any stack"):
        cloud.ask("ListImports", ExportName="x")
