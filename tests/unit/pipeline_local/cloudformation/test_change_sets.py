"""Change sets: what they show, and when there is none to carry out."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest

from pipeline_local.cloudformation.refusals import Refusal
from tests.unit.pipeline_local.cloudformation.conftest import parameter, queue

if TYPE_CHECKING:
    from tests.unit.pipeline_local.cloudformation.conftest import Cloud


def _change_set(cloud: Cloud, template: dict[str, Any], kind: str = "UPDATE") -> dict[str, Any]:
    names = {"StackName": "s", "ChangeSetName": "c"}
    body = json.dumps(template)
    made = cloud.ask("CreateChangeSet", **names, ChangeSetType=kind, TemplateBody=body)
    return cloud.ask("DescribeChangeSet", ChangeSetName=made["Id"], IncludePropertyValues=True)


def _changes(described: dict[str, Any]) -> dict[str, Any]:
    changes = [each["ResourceChange"] for each in described["Changes"]]
    return {each["LogicalResourceId"]: each for each in changes}


def test_a_change_set_makes_a_stack_when_it_is_carried_out(cloud: Cloud) -> None:
    template = {"Resources": {"A": queue("a"), "P": parameter({"Fn::GetAtt": ["A", "Arn"]})}}
    described = _change_set(cloud, template, "CREATE")
    assert cloud.describe("s")["StackStatus"] == "REVIEW_IN_PROGRESS"
    changes = _changes(described)
    assert {name: each["Action"] for name, each in changes.items()} == {"A": "Add", "P": "Add"}
    after = json.loads(changes["P"]["AfterContext"])
    assert after["Properties"]["Value"] == "{{changeSet:KNOWN_AFTER_APPLY}}"
    cloud.ask("ExecuteChangeSet", StackName="s", ChangeSetName="c")
    assert cloud.ended("s")["StackStatus"] == "CREATE_COMPLETE"
    assert cloud.service.things["/p"]["Value"] == "arn:a"
    assert cloud.ask("ListChangeSets", StackName="s") == {"Summaries": []}


def test_only_what_differs_is_a_change(cloud: Cloud) -> None:
    resources = {
        "A": queue("a", DelaySeconds=1),
        "B": queue("b"),
        "C": queue("c"),
        "P": parameter({"Ref": "B"}),
    }
    cloud.deploy("s", {"Resources": resources})
    after = {**resources, "A": queue("a", DelaySeconds=2), "B": queue("b2"), "D": queue("d")}
    del after["C"]
    changes = _changes(_change_set(cloud, {"Resources": after}))
    assert {name: (each["Action"], each.get("Replacement")) for name, each in changes.items()} == {
        "A": ("Modify", "False"),
        "B": ("Modify", "True"),
        "C": ("Remove", None),
        "D": ("Add", None),
        "P": ("Modify", "False"),
    }
    (detail,) = changes["A"]["Details"]
    assert detail["Target"] == {
        "Attribute": "Properties",
        "Name": "DelaySeconds",
        "Path": "/Properties/DelaySeconds",
        "RequiresRecreation": "Never",
        "AttributeChangeType": "Modify",
        "BeforeValue": "1",
        "AfterValue": "2",
    }
    (of_replaced,) = changes["P"]["Details"]
    assert of_replaced["ChangeSource"] == "ResourceReference"
    assert of_replaced["CausingEntity"] == "B"
    assert changes["B"]["PolicyAction"] == "ReplaceAndDelete"
    plain = cloud.ask("DescribeChangeSet", StackName="s", ChangeSetName="c")
    assert "BeforeContext" not in json.dumps(plain)


def test_a_policy_or_metadata_alone_is_a_change(cloud: Cloud) -> None:
    cloud.deploy("s", {"Resources": {"A": queue("a")}})
    kept = {"Resources": {"A": queue("a", DeletionPolicy="Retain")}}
    (change,) = _changes(_change_set(cloud, kept)).values()
    assert change["Scope"] == ["DeletionPolicy"]
    cloud.ask("ExecuteChangeSet", StackName="s", ChangeSetName="c")
    assert cloud.ended("s")["StackStatus"] == "UPDATE_COMPLETE"
    cloud.delete("s")
    assert set(cloud.service.things) == {"a"}


def test_a_change_set_without_changes_says_so(cloud: Cloud) -> None:
    template = {"Resources": {"A": queue("a")}}
    cloud.deploy("s", template)
    described = _change_set(cloud, template)
    assert described["Status"] == "FAILED"
    assert described["StatusReason"].startswith("The submitted information didn't contain changes.")
    with pytest.raises(Refusal, match="cannot be executed"):
        cloud.ask("ExecuteChangeSet", StackName="s", ChangeSetName="c")
    cloud.ask("DeleteChangeSet", StackName="s", ChangeSetName="c")
    with pytest.raises(Refusal) as gone:
        cloud.ask("DescribeChangeSet", StackName="s", ChangeSetName="c")
    assert gone.value.code == "ChangeSetNotFound"


def test_an_output_alone_is_a_change(cloud: Cloud) -> None:
    template: dict[str, Any] = {"Resources": {"A": queue("a")}}
    cloud.deploy("s", template)
    template["Outputs"] = {"Name": {"Value": {"Ref": "A"}}}
    assert _change_set(cloud, template)["Status"] == "CREATE_COMPLETE"
    cloud.ask("ExecuteChangeSet", StackName="s", ChangeSetName="c")
    assert cloud.ended("s")["Outputs"] == [{"OutputKey": "Name", "OutputValue": "a"}]


def test_a_stack_that_failed_to_be_created_is_deleted_first(cloud: Cloud) -> None:
    cloud.service.refused.add("create A")
    cloud.deploy("s", {"Resources": {"A": queue("a")}})
    for kind, words in (
        ("UPDATE", "is in ROLLBACK_COMPLETE state and can not be updated"),
        ("CREATE", "already exists and cannot be created again with the changeSet"),
    ):
        with pytest.raises(Refusal, match=words):
            _change_set(cloud, {"Resources": {"A": queue("a")}}, kind)


def test_a_stack_only_looked_at_goes_without_a_trace(cloud: Cloud) -> None:
    _change_set(cloud, {"Resources": {"A": queue("a")}}, "CREATE")
    cloud.ask("DeleteStack", StackName="s")
    with pytest.raises(Refusal, match="does not exist"):
        cloud.ended("s")
    assert cloud.service.calls == []


def test_iam_needs_a_capability(cloud: Cloud) -> None:
    role = {"Type": "AWS::IAM::Role", "Properties": {"RoleName": "r"}}
    cloud.engine.types = {**cloud.engine.types, "AWS::IAM::Role": next(iter(_roles(cloud)))}
    with pytest.raises(Refusal) as refused:
        cloud.deploy("s", {"Resources": {"R": role}}, Capabilities=["CAPABILITY_IAM"])
    assert refused.value.code == "InsufficientCapabilitiesException"
    assert str(refused.value) == "Requires capabilities : [CAPABILITY_NAMED_IAM]"


def _roles(cloud: Cloud) -> list[Any]:
    from dataclasses import replace

    (known, *_) = cloud.engine.types.values()
    thing: Any = known
    return [replace(thing, name="AWS::IAM::Role", properties=frozenset({"RoleName"}))]
