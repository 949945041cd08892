"""Creation, update, rollback and deletion of stacks, as CloudFormation documents them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from pipeline_local.cloudformation.refusals import Refusal
from tests.unit.pipeline_local.cloudformation.conftest import parameter, queue

if TYPE_CHECKING:
    from tests.unit.pipeline_local.cloudformation.conftest import Cloud


def _template(outputs: dict[str, Any] | None = None, **resources: Any) -> dict[str, Any]:
    return {"Resources": resources, **({"Outputs": outputs} if outputs else {})}


def test_a_resource_waits_for_what_it_refers_to(cloud: Cloud) -> None:
    template = _template(
        First=parameter({"Fn::GetAtt": ["Second", "Arn"]}),
        Second=queue("q", DependsOn="Third"),
        Third=queue("r"),
    )
    assert cloud.deploy("s", template)["StackStatus"] == "CREATE_COMPLETE"
    assert cloud.service.calls == ["create Third", "create Second", "create First"]
    assert cloud.service.things["/p"]["Value"] == "arn:q"


def test_a_resource_whose_condition_does_not_hold_is_left_out(cloud: Cloud) -> None:
    template = {
        "Parameters": {"On": {"Type": "String", "Default": "no"}},
        "Conditions": {"IsOn": {"Fn::Equals": [{"Ref": "On"}, "yes"]}},
        **_template(A=queue("a"), B=queue("b", Condition="IsOn")),
    }
    cloud.deploy("s", template)
    assert set(cloud.service.things) == {"a"}
    yes = [{"ParameterKey": "On", "ParameterValue": "yes"}]
    assert cloud.deploy("s", template, Parameters=yes)["StackStatus"] == "UPDATE_COMPLETE"
    assert set(cloud.service.things) == {"a", "b"}
    assert cloud.deploy("s", template, Parameters=[])["StackStatus"] == "UPDATE_COMPLETE"
    assert set(cloud.service.things) == {"a"}


def test_a_generated_name_is_the_same_again_and_another_after_a_replacement(cloud: Cloud) -> None:
    cloud.deploy("s", _template(A=queue(DelaySeconds=1)))
    (first,) = cloud.service.things
    assert first.startswith("s-A-")
    cloud.deploy("s", _template(A=queue(DelaySeconds=2)))
    assert set(cloud.service.things) == {first}


def test_a_failed_creation_is_taken_back(cloud: Cloud) -> None:
    cloud.service.refused.add("create C")
    template = _template(
        A=queue("a"),
        B=queue("b", DeletionPolicy="Retain"),
        C=queue("c", DependsOn=["A", "B", "D"]),
        D=queue("d", DeletionPolicy="RetainExceptOnCreate"),
    )
    stack = cloud.deploy("s", template)
    assert stack["StackStatus"] == "ROLLBACK_COMPLETE"
    assert set(cloud.service.things) == {"b"}
    events = cloud.ask("DescribeStackEvents", StackName="s")["StackEvents"]
    reasons = {each["ResourceStatus"]: each.get("ResourceStatusReason") for each in events[::-1]}
    assert reasons["CREATE_FAILED"] == "create of C is refused"
    assert reasons["ROLLBACK_IN_PROGRESS"] == (
        "The following resource(s) failed to create: [C]. Rollback requested by user."
    )
    with pytest.raises(Refusal, match="ROLLBACK_COMPLETE state and can not be updated"):
        cloud.deploy("s", template)
    assert cloud.delete("s")["StackStatus"] == "DELETE_COMPLETE"
    cloud.service.refused.clear()
    again = cloud.deploy("s", template)
    assert again["StackStatus"] == "ROLLBACK_COMPLETE"  # "b" was retained
    assert "B CREATE_FAILED" in cloud.events("s")


def test_without_rollback_what_was_created_stays(cloud: Cloud) -> None:
    cloud.service.refused.add("create B")
    template = _template(A=queue("a"), B=queue("b", DependsOn="A"))
    stack = cloud.deploy("s", template, DisableRollback=True)
    assert stack["StackStatus"] == "CREATE_FAILED"
    assert set(cloud.service.things) == {"a"}
    cloud.service.refused.clear()
    assert cloud.deploy("s", template)["StackStatus"] == "UPDATE_COMPLETE"
    assert set(cloud.service.things) == {"a", "b"}


def test_an_update_changes_what_differs_and_deletes_last(cloud: Cloud) -> None:
    cloud.deploy("s", _template(A=queue("a", DelaySeconds=1), B=queue("b"), C=queue("c")))
    cloud.service.calls.clear()
    stack = cloud.deploy("s", _template(A=queue("a", DelaySeconds=2), B=queue("b"), D=queue("d")))
    assert stack["StackStatus"] == "UPDATE_COMPLETE"
    assert cloud.service.calls == ["update A", "create D", "delete C"]
    with pytest.raises(Refusal, match="No updates are to be performed"):
        cloud.deploy("s", _template(A=queue("a", DelaySeconds="2"), B=queue("b"), D=queue("d")))


@pytest.mark.parametrize(("policy", "left"), [("Delete", {"new"}), ("Retain", {"old", "new"})])
def test_a_replaced_resource_goes_when_all_else_is_done(
    cloud: Cloud, policy: str, left: set[str]
) -> None:
    cloud.deploy("s", _template(A=queue("old"), P=parameter({"Ref": "A"})))
    cloud.service.calls.clear()
    replaced = _template(A=queue("new", UpdateReplacePolicy=policy), P=parameter({"Ref": "A"}))
    assert cloud.deploy("s", replaced)["StackStatus"] == "UPDATE_COMPLETE"
    assert cloud.service.calls[:2] == ["create A", "update P"]
    assert cloud.service.things["/p"]["Value"] == "new"
    assert set(cloud.service.things) - {"/p"} == left


def test_a_resource_with_a_name_of_its_own_is_not_replaced_under_it(cloud: Cloud) -> None:
    cloud.deploy("s", _template(A=queue("a")))
    stack = cloud.deploy("s", _template(A=queue("a", FifoQueue=True)))
    assert stack["StackStatus"] == "UPDATE_ROLLBACK_COMPLETE"
    events = cloud.ask("DescribeStackEvents", StackName="s")["StackEvents"]
    reasons = " ".join(each.get("ResourceStatusReason", "") for each in events)
    assert "Rename a and update the stack again" in reasons
    assert cloud.service.things == {"a": {"QueueName": "a"}}


def test_a_failed_update_is_taken_back(cloud: Cloud) -> None:
    before = _template(A=queue("a", DelaySeconds=1), B=queue("b"), Gone=queue("gone"))
    cloud.deploy("s", before)
    things = {name: dict(each) for name, each in cloud.service.things.items()}
    cloud.service.refused.add("create E")
    after = _template(
        A=queue("a", DelaySeconds=2),
        B=queue("b2"),
        D=queue("d"),
        E=queue("e", DependsOn=["A", "B", "D"]),
    )
    stack = cloud.deploy("s", after)
    assert stack["StackStatus"] == "UPDATE_ROLLBACK_COMPLETE"
    assert cloud.service.things == things
    listed = cloud.ask("ListStackResources", StackName="s")["StackResourceSummaries"]
    assert {each["LogicalResourceId"]: each["PhysicalResourceId"] for each in listed} == {
        "A": "a",
        "B": "b",
        "Gone": "gone",
    }
    assert cloud.ask("GetTemplate", StackName="s")["TemplateBody"].count("gone") == 1
    cloud.service.refused.clear()
    assert cloud.deploy("s", after)["StackStatus"] == "UPDATE_COMPLETE"
    assert set(cloud.service.things) == {"a", "b2", "d", "e"}


def test_a_rollback_that_fails_can_be_continued(cloud: Cloud) -> None:
    cloud.deploy("s", _template(A=queue("a", DelaySeconds=1)))
    cloud.service.refused |= {"create B"}
    after = _template(A=queue("a", DelaySeconds=2), B=queue("b", DependsOn="A"))
    cloud.service.ask = _refusing_second_update(cloud)  # type: ignore[method-assign]
    assert cloud.deploy("s", after)["StackStatus"] == "UPDATE_ROLLBACK_FAILED"
    with pytest.raises(Refusal, match="UPDATE_ROLLBACK_FAILED"):
        cloud.deploy("s", after)
    cloud.service.refused.clear()
    cloud.ask("ContinueUpdateRollback", StackName="s")
    assert cloud.ended("s")["StackStatus"] == "UPDATE_ROLLBACK_COMPLETE"
    assert cloud.service.things["a"]["DelaySeconds"] == 1


def _refusing_second_update(cloud: Cloud) -> Any:
    known = cloud.service.ask

    def ask(verb: str, name: str) -> None:
        known(verb, name)
        if (verb, name) == ("update", "A"):
            cloud.service.refused.add("update A")

    return ask


def test_a_deletion_goes_backwards_and_says_what_failed(cloud: Cloud) -> None:
    template = _template(
        A=queue("a"),
        B=queue("b", DependsOn="A"),
        C=queue("c", DependsOn="A", DeletionPolicy="Retain"),
    )
    cloud.deploy("s", template)
    cloud.service.refused.add("delete B")
    stack = cloud.delete("s")
    assert stack["StackStatus"] == "DELETE_FAILED"
    assert stack["StackStatusReason"].startswith("The following resource(s) failed to delete: [B].")
    assert set(cloud.service.things) == {"a", "b", "c"}  # A is needed by B
    cloud.service.refused.clear()
    assert cloud.delete("s")["StackStatus"] == "DELETE_COMPLETE"
    assert set(cloud.service.things) == {"c"}
    with pytest.raises(Refusal, match="does not exist"):
        cloud.describe("s")


def test_a_failed_deletion_can_leave_resources(cloud: Cloud) -> None:
    cloud.deploy("s", _template(A=queue("a")))
    with pytest.raises(Refusal, match="only allowed for stacks in DELETE_FAILED"):
        cloud.ask("DeleteStack", StackName="s", RetainResources=["A"])
    cloud.service.refused.add("delete A")
    assert cloud.delete("s")["StackStatus"] == "DELETE_FAILED"
    assert cloud.delete("s", RetainResources=["A"])["StackStatus"] == "DELETE_COMPLETE"


def test_a_protected_stack_is_not_deleted(cloud: Cloud) -> None:
    cloud.deploy("s", _template(A=queue("a")), EnableTerminationProtection=True)
    with pytest.raises(Refusal, match="while TerminationProtection is enabled"):
        cloud.delete("s")
    cloud.ask("UpdateTerminationProtection", StackName="s", EnableTerminationProtection=False)
    assert cloud.delete("s")["StackStatus"] == "DELETE_COMPLETE"


def test_the_tags_of_a_stack_go_to_what_takes_tags(cloud: Cloud) -> None:
    cloud.deploy(
        "s", _template(P=parameter("1"), Q=queue("q")), Tags=[{"Key": "owner", "Value": "me"}]
    )
    assert cloud.service.things["/p"]["Tags"] == {"owner": "me"}
    assert "Tags" not in cloud.service.things["q"]  # that type would drop them


def test_an_unknown_type_and_a_dropped_property_are_named(cloud: Cloud) -> None:
    missing = {"Type": "AWS::SNS::Topic"}
    deep = queue("q", RedrivePolicy={"maxReceiveCount": 1})
    with pytest.raises(Refusal) as refused:
        cloud.deploy("s", _template(A=queue("a"), B=missing, C=deep))
    assert "no type of resource AWS::SNS::Topic (B)" in str(refused.value)
    assert "would drop property RedrivePolicy of AWS::SQS::Queue (C)" in str(refused.value)
    with pytest.raises(Refusal, match=r"Unrecognized resource types: \[AWS::No::Such\]"):
        cloud.deploy("s", _template(A={"Type": "AWS::No::Such"}))
    assert cloud.service.calls == []
