"""Updates that CloudFormation would refuse are said beforehand."""

from __future__ import annotations

from typing import TYPE_CHECKING

from mlops.review.findings import Weight

if TYPE_CHECKING:
    from mlops.review.findings import Finding
    from tests.unit.mlops.review.conftest import Reviewer, Templates


def _refused(findings: tuple[Finding, ...]) -> list[Finding]:
    return [each for each in findings if each.facts["change"] == "refused"]


def test_a_name_that_another_stack_has(reviewer: Reviewer, changed: Templates) -> None:
    parameter = {"Name": "/secure-mlops/dev/moved", "Type": "String", "Value": "on"}
    before = reviewer.templates()
    before.add("keys", "Kept12345678", "AWS::SSM::Parameter", parameter)
    changed.add("storage", "Other12345678", "AWS::SSM::Parameter", parameter)
    (finding,) = _refused(reviewer.resources(changed, before))
    assert finding.text == (
        "refused: SSM parameter `/secure-mlops/dev/moved` is to be made in stack "
        "`secure-mlops-dev-storage`, but it exists: stack `secure-mlops-dev-keys` has it. "
        "`cdk refactor` moves it"
    )
    assert finding.weight is Weight.WARNING


def test_an_export_that_a_deployed_stack_imports(reviewer: Reviewer, changed: Templates) -> None:
    outputs = changed.stack("network").template["Outputs"]
    key = next(each for each in outputs if "Vpc" in each)
    export = outputs[key]["Export"]["Name"]
    users = [each.name for each in changed.stacks if f"'Fn::ImportValue': '{export}'" in str(each)]
    assert users
    value = outputs[key]["Value"]
    outputs[key]["Value"] = "another"
    (finding,) = _refused(reviewer.resources(changed))
    assert finding.text.startswith(
        f"refused: export `{export}` of stack `secure-mlops-dev-network` changes, but `{users[0]}`"
    )
    del outputs[key]
    (finding,) = _refused(reviewer.resources(changed))
    assert "goes, but" in finding.text
    # One that nothing imports may go, with whatever else it was for.
    outputs[key] = {"Value": value, "Export": {"Name": export}}
    outputs["Unused"] = {"Value": "x", "Export": {"Name": "nobody:imports"}}
    assert _refused(reviewer.resources(reviewer.templates(), changed)) == []


def test_an_export_of_what_is_replaced(reviewer: Reviewer, changed: Templates) -> None:
    _, _, subnet = changed.find("AWS::EC2::Subnet")
    subnet["Properties"]["CidrBlock"] = "10.0.200.0/24"
    refused = _refused(reviewer.resources(changed))
    assert refused
    assert all("NetworkVpcisolatedSubnet1" in each.facts["export"] for each in refused)


def test_a_replacement_under_the_same_name(reviewer: Reviewer, changed: Templates) -> None:
    _, _, role = changed.find("AWS::IAM::Role", RoleName="-training-job")
    role["Properties"]["Path"] = "/another/"
    refused = "CloudFormation refuses that under the same name"
    assert refused in _replaced(reviewer.resources(changed), "-training-job")
    role["Properties"]["RoleName"] = "another"
    assert refused not in _replaced(reviewer.resources(changed), "-training-job")


def test_a_replacement_of_what_is_identified_by_its_arn(
    reviewer: Reviewer, changed: Templates
) -> None:
    before = reviewer.templates()
    for side, variant in ((before, "one"), (changed, "two")):
        variants = [{"VariantName": variant, "ModelName": "m"}]
        settings = {"EndpointConfigName": "serving", "ProductionVariants": variants}
        side.add("storage", "Serving12345678", "AWS::SageMaker::EndpointConfig", settings)
    (finding,) = reviewer.resources(changed, before)
    assert finding.text.endswith(". CloudFormation refuses that under the same name")


def _replaced(findings: tuple[Finding, ...], name: str) -> str:
    (text,) = (x.text for x in findings if x.text.startswith("replaced: role") and name in x.text)
    return text
