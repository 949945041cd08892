"""A review as people read it: text, Markdown, JSON; whole environments; what is the same."""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING, Any

import pytest
from typer.testing import CliRunner

from mlops.command_line.main import app
from mlops.review import words
from mlops.review.checks import findings_of_tests, rule_findings
from mlops.review.reviewing import review
from mlops.review.snapshots import Side, given_side, only

if TYPE_CHECKING:
    from pathlib import Path

    from mlops.review.reviewing import Review

TWO = ["staging", "prod"]


@pytest.fixture(scope="module")
def original(all_environments: Path) -> Side:
    return only(given_side(all_environments), TWO)


def _with(original: Side, folder: Path, change: Any) -> Side:
    """Copy the assemblies, without their assets, and change every template's resources."""
    copies = {}
    for name, path in original.environments.items():
        copies[name] = folder / path.name
        copies[name].mkdir()
        for file in path.glob("*.json"):
            content = json.loads(file.read_text())
            if file.name.endswith(".template.json"):
                change(name, content["Resources"])
            (copies[name] / file.name).write_text(json.dumps(content))
    return Side("the changed tree", copies)


def _let_go(_: str, resources: dict[str, Any]) -> None:
    for body in resources.values():
        if body["Type"] == "AWS::S3::Bucket":
            body["DeletionPolicy"] = "Delete"


@pytest.fixture(scope="module")
def changed(original: Side, tmp_path_factory: pytest.TempPathFactory) -> Review:
    folder = tmp_path_factory.mktemp("changed")
    return review(original, _with(original, folder, _let_go))


def test_nothing_changes_and_the_standing_cost_is_said(original: Side) -> None:
    result = review(original, original)
    reported = words.text(result)
    assert reported.partition("\n")[0].endswith("nothing changes in staging and prod.")
    assert re.search(r"in which nothing happens\n    - staging: [\d.]+ USD, as before\n", reported)
    assert not result.changes
    written = words.markdown(result)
    assert "nothing changes in staging and prod." in written
    assert re.search(r"in which nothing happens: staging [\d.]+ USD, as before;", written)


def test_what_is_the_same_in_two_environments_is_said_once(changed: Review) -> None:
    reported = words.text(changed)
    assert "\nstaging and prod (the same in each; names are those of staging)\n" in reported
    assert "! buckets secure-mlops-staging-" in reported
    assert "goes with its stack from now on, and with it its objects" in " ".join(reported.split())
    assert "secure-mlops-prod" not in reported


def test_the_markdown_has_a_marker_a_table_and_folded_details(changed: Review) -> None:
    text = words.markdown(changed)
    assert text.startswith(f"{words.MARKER}\n## What this change does: ")
    assert "| staging | " in text
    assert text.count("<details>") == text.count("</details>") > 0
    assert "⚠️ buckets `secure-mlops-staging-" in text


def test_the_markdown_keeps_to_a_limit(changed: Review) -> None:
    whole = words.markdown(changed)
    for limit in (len(whole) - 1, 800, 300):
        cut = words.markdown(changed, limit)
        assert len(cut) <= limit
        assert cut.startswith(words.MARKER)


def test_the_facts_are_json(changed: Review) -> None:
    facts = json.loads(json.dumps(changed.as_json()))
    assert [each["environment"] for each in facts["environments"]] == TWO
    sections = {each["title"]: each for each in facts["environments"][0]["sections"]}
    assert list(sections) == [
        *("Pipelines", "Permissions", "Promises", "Resources", "Cost", "Rules")
    ]
    assert sections["Resources"]["findings"][0]["data_loss"] is True
    assert facts["environments"][0]["cost"]["after"] > 0
    assert facts["environments"][0]["cost"]["standing"]["after"] > 0


def _in_one_zone(_: str, resources: dict[str, Any]) -> None:
    for body in resources.values():
        if "SubnetIds" in body["Properties"] and body["Type"] == "AWS::EC2::VPCEndpoint":
            del body["Properties"]["SubnetIds"][1:]


def test_a_change_of_the_standing_cost_is_said(original: Side, tmp_path: Path) -> None:
    one = only(original, ["prod"])
    result = review(one, _with(one, tmp_path, _in_one_zone))
    (cost,) = (each.cost for each in result.environments)
    before, after = cost.before.standing_total, cost.after.standing_total
    assert after < before / 2
    said = f"{before:.2f} USD → {after:.2f} USD (−{before - after:.2f} USD)"  # noqa: RUF001
    text = " ".join(words.text(result).split())
    assert f"prod: {said}" in text.partition("in which nothing happens")[2]
    assert f"| {said} |" in words.markdown(result)


def test_an_environment_on_one_side_only(original: Side) -> None:
    staging, prod = (only(original, [name]) for name in TWO)
    result = review(staging, prod)
    assert [each.presence for each in result.environments] == ["gone", "new"]
    reported = words.text(result)
    assert "the environment is new" in reported
    assert "the environment is gone" in reported


def test_the_command_compares_two_folders(original: Side, changed: Review, tmp_path: Path) -> None:
    assert changed.changes
    folder = original.environments["prod"].parent
    target = tmp_path / "review.md"
    result = CliRunner().invoke(
        app,
        [
            *("review", str(folder), "--against", str(folder), "-e", "prod", "--json"),
            *("--markdown", str(target)),
        ],
    )
    assert result.exit_code == 0, result.output
    assert json.loads(result.output)["changes"] is False
    assert target.read_text().startswith(words.MARKER)


def test_test_results(tmp_path: Path) -> None:
    file = tmp_path / "junit.xml"
    file.write_text(
        '<testsuites><testsuite><testcase classname="a" name="b" time="1.5"/>'
        '<testcase classname="a" name="c"><failure/></testcase>'
        '<testcase classname="a" name="d"><skipped/></testcase></testsuite></testsuites>'
    )
    (finding,) = findings_of_tests([file])
    assert finding.text == "tests: 1 test failed, 1 passed, 1 skipped"
    assert finding.details == ("`a.c`",)


def test_results_that_are_not_there(tmp_path: Path) -> None:
    (finding,) = findings_of_tests([tmp_path / "junit.xml"])
    assert finding.text.startswith("tests: there are no results at ")


def test_what_rule_packs_refused(tmp_path: Path) -> None:
    def violation(rule: str, severity: str, path: str) -> dict[str, Any]:
        return {
            "ruleName": rule,
            "severity": severity,
            "description": "It is not so.",
            "violatingConstructs": [{"constructPath": path}],
        }

    report = tmp_path / "validation-report.json"
    violations = [
        violation("AwsSolutions-S1", "error", "dev/Storage/Bucket"),
        violation("AwsSolutions-S1", "error", "prod/Storage/Bucket"),
        violation("W3010", "warning", "dev/Network/Subnet"),
    ]
    report.write_text(
        json.dumps({"pluginReports": [{"pluginName": "p", "violations": violations}]})
    )
    (finding,) = rule_findings([report], "dev")
    assert finding.text == "`AwsSolutions-S1` is violated at `dev/Storage/Bucket`: It is not so."
