"""Prepared changes of policies: what is possible now and was not, by the solver."""

from __future__ import annotations

import copy
from typing import TYPE_CHECKING

import pytest

from mlops.review.findings import Weight
from mlops.review.promises import promise_findings
from tests.unit.mlops.review.conftest import texts

if TYPE_CHECKING:
    from tests.unit.mlops.review.conftest import Reviewer, Templates

ROLE = "role secure-mlops-dev-orchestration"
# They share the policy of what every execution needs.
BOTH = "roles secure-mlops-dev-orchestration and secure-mlops-dev-project-orchestration"


def test_a_right_more_comes_with_an_example(reviewer: Reviewer, changed: Templates) -> None:
    statement = changed.statement("RunTrainingJobs", "OrchestrationCommon")
    jobs = "arn:aws:sagemaker:eu-central-1:111111111111:training-job/"
    statement["Resource"] = [statement["Resource"], f"{jobs}secure-mlops-dev-*"]
    finding, *of_projects = reviewer.permissions(changed)
    text = finding.as_json()["text"]
    assert text.startswith(f"{ROLE} may now, and could not before: sagemaker:")
    # The same policy is the projects' executions', which already may add tags.
    (other, *_) = of_projects
    assert "role secure-mlops-dev-project-orchestration may now" in texts((other,))
    assert f"on {jobs}secure-mlops-dev-example" in text
    assert {"sagemaker:AddTags", "sagemaker:StopTrainingJob"} <= set(finding.facts["actions"])
    assert finding.weight is Weight.WARNING
    assert len(finding.facts["examples"]) == len(finding.facts["actions"])


def test_a_right_that_the_boundary_refuses_is_none(reviewer: Reviewer, changed: Templates) -> None:
    statement = changed.statement("RunTrainingJobs", "OrchestrationCommon")
    statement["Action"].append("sagemaker:CreateNotebookInstance")
    assert {each.weight for each in reviewer.permissions(changed)} == {Weight.NOTE}


def test_a_right_less(reviewer: Reviewer, changed: Templates) -> None:
    statement = changed.statement("RunTrainingJobs", "OrchestrationCommon")
    statement["Action"].remove("sagemaker:StopTrainingJob")
    (finding,) = reviewer.permissions(changed)
    assert finding.as_json()["text"].startswith(f"{BOTH} may no longer: sagemaker:StopTrainingJob.")
    assert finding.weight is Weight.CHANGE


@pytest.mark.slow
def test_a_condition_swapped_for_its_vacuous_cousin(reviewer: Reviewer, changed: Templates) -> None:
    statement = changed.statement("OnlyThroughOurEndpoint", "DataBucketPolicy")
    condition = statement["Condition"]
    condition["ForAnyValue:StringNotEquals"] = condition.pop("StringNotEquals")
    reported = reviewer.permissions(changed)
    (finding,) = (each for each in reported if each.facts["direction"] == "more")
    assert finding.weight is Weight.WARNING
    text = finding.as_json()["text"]
    assert "bucket secure-mlops-dev-data-111111111111-eu-central-1 around the S3 endpoint" in text
    assert "no aws:SourceVpce" in text
    promises, summary = reviewer.promises(changed)
    (broken,) = promises
    assert broken.as_json()["text"].startswith("promise 1 is broken")
    assert broken.facts["breaches"][0]["request"]["resource"].startswith("arn:aws:s3:::")
    assert summary.endswith("broken, or not decided: 1")


@pytest.mark.slow  # the same claims once more
def test_a_promise_kept_again(reviewer: Reviewer, changed: Templates) -> None:
    condition = changed.statement("OnlyThroughOurEndpoint", "DataBucketPolicy")["Condition"]
    condition["ForAnyValue:StringNotEquals"] = condition.pop("StringNotEquals")
    before, after = reviewer.sides(changed, None)
    (kept,), summary = promise_findings(after, before)
    assert kept.as_json()["text"].startswith("promise 1 is kept again")
    assert summary.endswith("all proved")


def test_a_promise_that_newly_rests_on_an_assumption(
    reviewer: Reviewer, changed: Templates
) -> None:
    _, _, vpc = changed.find("AWS::EC2::VPC")
    row = {"promise": "16", "assumption": "somebody else's route tables lead nowhere"}
    vpc.setdefault("Metadata", {})["secure-mlops:assumptions"] = [row]
    promises, _ = reviewer.promises(changed)
    assert texts(promises) == (
        "promise 16 newly rests on what no template shows: "
        "somebody else's route tables lead nowhere"
    )


def test_a_new_role_is_told_by_what_it_may(reviewer: Reviewer, changed: Templates) -> None:
    stack, _, role = changed.find("AWS::IAM::Role", RoleName="-flow-logs")
    new = copy.deepcopy(role)
    new["Properties"]["RoleName"] = "secure-mlops-dev-newcomer"
    new["Properties"]["Policies"] = [
        {
            "PolicyName": "Own",
            "PolicyDocument": {
                "Version": "2012-10-17",
                "Statement": [
                    {
                        "Effect": "Allow",
                        "Action": "s3:GetObject",
                        "Resource": "arn:aws:s3:::secure-mlops-dev-*/x/*",
                    }
                ],
            },
        }
    ]
    stack.template["Resources"]["Newcomer12345678"] = new
    (finding,) = reviewer.permissions(changed)
    assert finding.as_json()["text"].startswith(
        "the new role secure-mlops-dev-newcomer, assumed by vpc-flow-logs.amazonaws.com, may "
        "s3:GetObject. For example: secure-mlops-dev-newcomer calls s3:GetObject on "
        "arn:aws:s3:::secure-mlops-dev-"
    )
    assert "added: role secure-mlops-dev-newcomer" in texts(reviewer.resources(changed))


def test_a_refactoring_is_proved_to_change_nothing(reviewer: Reviewer, changed: Templates) -> None:
    for stack in changed.stacks:
        for key, body in stack.template["Resources"].items():
            if key.startswith("OrchestrationCommon"):
                statements = body["Properties"]["PolicyDocument"]["Statement"]
                whole = next(each for each in statements if each.get("Sid") == "RunTrainingJobs")
                first, *others = whole["Action"]
                statements.append({**whole, "Sid": "Others", "Action": others})
                whole["Action"] = first
                statements.reverse()
    (finding,) = reviewer.permissions(changed)
    assert finding.weight is Weight.NOTE
    assert finding.as_json()["text"] == (
        f"written differently, and proved to let through exactly the same: {BOTH}"
    )


def test_what_no_time_was_left_for_is_unknown(reviewer: Reviewer, changed: Templates) -> None:
    statement = changed.statement("RunTrainingJobs", "OrchestrationCommon")
    statement["Action"].append("sagemaker:UpdateTrainingJob")
    reported = reviewer.permissions(changed, time_limit=0.0)
    assert {each.facts["direction"] for each in reported} == {"unknown"}
    assert all(each.weight is Weight.WARNING for each in reported)
    assert "the limit of work was reached" in texts(reported)
