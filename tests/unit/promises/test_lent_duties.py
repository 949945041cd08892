"""What a charter lends to a role, with a reason: builds it starts, roles it takes on."""

from __future__ import annotations

from pathlib import Path

import pytest

from promises.proving import Verdict
from tests.unit.promises.changed_template import judged

TEMPLATE = Path(__file__).with_name("lending.yaml")
ESCALATION, CEILING, CHARTER = 11, 17, 18


@pytest.mark.parametrize("number", [ESCALATION, CEILING, CHARTER])
def test_it_holds_and_is_listed(number: int, tmp_path: Path) -> None:
    found = judged(TEMPLATE, number, tmp_path)
    assert found.breaches == ()
    assert found.verdict is Verdict.PROVED
    if number == ESCALATION:
        build, cdk = found.exceptions
        assert build == (
            "ours-releaser starts the build that deploys: "
            "arn:aws:codebuild:us-east-1:123456789012:project/ours-deploy "
            "(the build's commands stand in the repository)"
        )
        assert cdk.startswith("ours-releaser deploys as the CDK's role: arn:aws:iam::1234")


@pytest.mark.parametrize("number", [ESCALATION, CEILING])
@pytest.mark.parametrize(
    ("change", "says"),
    [
        (("because: the build", "#"), "start code that runs under another role"),
        (("because: CloudFormation", "#"), "role"),
        (('"${Builds}deploy"', '"${Builds}*"'), "start code that runs under another role"),
        (('Action: "codebuild:StartBuild"', 'Action: "codebuild:*Build*"'), "start code"),
    ],
)
def test_more_than_is_lent_is_found(
    number: int, change: tuple[str, str], says: str, tmp_path: Path
) -> None:
    found = judged(TEMPLATE, number, tmp_path, change)
    assert found.verdict is Verdict.BROKEN
    assert any(says in each.what for each in found.breaches), found.breaches


@pytest.mark.parametrize(
    "named",
    [
        '"arn:aws:codebuild:us-east-1:123456789012:project/*"',
        '"arn:aws:codebuild:us-east-1:*:project/ours-deploy"',
        '"*"',
    ],
)
def test_what_is_lent_is_named(named: str, tmp_path: Path) -> None:
    meant = '"arn:aws:codebuild:us-east-1:123456789012:project/ours-deploy"'
    found = judged(
        TEMPLATE, ESCALATION, tmp_path, (f"resources: [{meant}]", f"resources: [{named}]")
    )
    assert any("on resources that are named" in each.what for each in found.breaches)


def test_a_role_that_nobody_holds_runs_nothing(tmp_path: Path) -> None:
    found = judged(
        TEMPLATE, ESCALATION, tmp_path, ("ServiceRole: {", "ServiceRole: x\n      Was: {")
    )
    assert any("under a role of these templates" in each.what for each in found.breaches)
