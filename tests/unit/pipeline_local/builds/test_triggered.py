"""Builds that an event starts, read from templates like the deployed ones."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest

from cloud_assembly import CloudAssembly
from pipeline_local.builds.triggered import started_builds

if TYPE_CHECKING:
    from pathlib import Path

ACCOUNT, REGION = "111111111111", "eu-central-1"
EVENT = {
    "source": "aws.sagemaker",
    "detail-type": "SageMaker Model Package State Change",
    "detail": {"ModelPackageArn": 'arn:"7"', "ModelApprovalStatus": "Approved"},
}


def _action(project: str, order: int, variables: str = "[]", category: str = "Build") -> Any:
    return {
        "ActionTypeId": {"Category": category, "Provider": "CodeBuild"},
        "Configuration": {"ProjectName": project, "EnvironmentVariables": variables},
        "RunOrder": order,
    }


def _rule(service: str, name: str, template: Any, state: str = "ENABLED") -> Any:
    return {
        "Type": "AWS::Events::Rule",
        "Properties": {
            "Name": "approved",
            "State": state,
            "EventPattern": {"detail": {"ModelApprovalStatus": ["Approved"]}},
            "Targets": [
                {
                    "Arn": f"arn:aws:{service}:{REGION}:{ACCOUNT}:{name}",
                    "Id": "T",
                    "InputTransformer": {
                        "InputPathsMap": {"model": "$.detail.ModelPackageArn"},
                        "InputTemplate": json.dumps(template),
                    },
                }
            ],
        },
    }


def _project(name: str) -> Any:
    return {
        "Type": "AWS::CodeBuild::Project",
        "Properties": {
            "Name": name,
            "Source": {"BuildSpec": f"buildspec-{name}.yml"},
            "Environment": {
                "EnvironmentVariables": [
                    {"Name": "ENVIRONMENT", "Value": "dev"},
                    {"Name": "MODEL", "Value": ""},
                ]
            },
            "TimeoutInMinutes": 30,
        },
    }


def _assembly(folder: Path, *resources: Any) -> CloudAssembly:
    template = {"Resources": {f"R{number}": each for number, each in enumerate(resources)}}
    (folder / "stack.template.json").write_text(json.dumps(template))
    stack = {
        "type": "aws:cloudformation:stack",
        "environment": f"aws://{ACCOUNT}/{REGION}",
        "properties": {"templateFile": "stack.template.json", "stackName": "stack"},
    }
    (folder / "manifest.json").write_text(json.dumps({"artifacts": {"stack": stack}}))
    return CloudAssembly(folder)


def test_a_rule_starts_a_pipeline_with_the_facts_of_the_event(tmp_path: Path) -> None:
    asked = json.dumps([{"name": "MODEL", "value": "#{variables.MODEL}", "type": "PLAINTEXT"}])
    pipeline = {
        "Type": "AWS::CodePipeline::Pipeline",
        "Properties": {
            "Name": "promotion",
            "Variables": [{"Name": "MODEL"}],
            "Stages": [
                {"Actions": [_action("second", 2, asked), _action("first", 1)]},
                {"Actions": [_action("", 1, category="Approval")]},
                {"Actions": [_action("never", 1)]},
            ],
        },
    }
    template = {"variables": [{"name": "MODEL", "value": "<model>"}]}
    projects = [_project(name) for name in ("first", "second", "never")]
    rule = _rule("codepipeline", "promotion", template)
    builds = started_builds(_assembly(tmp_path, rule, pipeline, *projects), EVENT)
    assert [build.project for build in builds] == ["first", "second"]
    assert builds[0].variables == {"ENVIRONMENT": "dev", "MODEL": ""}
    assert builds[1].variables == {"ENVIRONMENT": "dev", "MODEL": 'arn:"7"'}
    assert (builds[1].spec, builds[1].minutes) == ("buildspec-second.yml", 30)


def test_a_rule_starts_a_project_itself(tmp_path: Path) -> None:
    template = {"environmentVariablesOverride": [{"name": "MODEL", "value": "<model>"}]}
    rule = _rule("codebuild", "project/review", template)
    (build,) = started_builds(_assembly(tmp_path, rule, _project("review")), EVENT)
    assert build.variables == {"ENVIRONMENT": "dev", "MODEL": 'arn:"7"'}


@pytest.mark.parametrize(
    ("state", "status"), [("DISABLED", "Approved"), ("ENABLED", "PendingManualApproval")]
)
def test_disabled_and_unrelated_rules_start_nothing(
    tmp_path: Path, state: str, status: str
) -> None:
    rule = _rule("codebuild", "project/review", {}, state)
    event = {**EVENT, "detail": {"ModelApprovalStatus": status}}
    assert started_builds(_assembly(tmp_path, rule, _project("review")), event) == []
