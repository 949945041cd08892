"""Outcomes of before are shown only where nothing that decides about them has changed."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest

from promises import judged as judging
from promises.catalog import PROMISES
from promises.judged import Asked, Judged, judged
from promises.proving import Verdict

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

QUEUES = tuple(each for each in PROMISES if each.number in {3, 16})
SECURE = {
    "Effect": "Deny",
    "Principal": "*",
    "Action": "sqs:*",
    "Resource": {"Fn::GetAtt": ["Jobs", "Arn"]},
    "Condition": {"Bool": {"aws:SecureTransport": "false"}},
}
RESOURCES: dict[str, Any] = {
    "Jobs": {"Type": "AWS::SQS::Queue", "Properties": {"QueueName": "jobs"}},
    "Policy": {
        "Type": "AWS::SQS::QueuePolicy",
        "Properties": {
            "Queues": [{"Ref": "Jobs"}],
            "PolicyDocument": {"Version": "2012-10-17", "Statement": [SECURE]},
        },
    },
}


@pytest.fixture
def assembly(tmp_path: Path) -> Path:
    folder = tmp_path / "assembly-test"
    folder.mkdir()
    stack = {
        "type": "aws:cloudformation:stack",
        "environment": "aws://111122223333/eu-west-1",
        "properties": {"templateFile": "S.template.json", "stackName": "s"},
    }
    (folder / "manifest.json").write_text(json.dumps({"artifacts": {"S": stack}}))
    (folder / "S.template.json").write_text(json.dumps({"Resources": RESOURCES}))
    return folder


@pytest.fixture
def asked(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """List the worlds that were judged."""
    judge, worlds = judging.outcomes_of, []

    def note(world: Any, *arguments: Any) -> Any:
        worlds.append(world.name)
        return judge(world, *arguments)

    monkeypatch.setattr(judging, "outcomes_of", note)
    return worlds


def prove(assembly: Path, **changes: Any) -> list[Judged]:
    """Judge with a cache beside the assembly."""
    given = {"instance_types": lambda *_: (), "promises": QUEUES, **changes}
    return judged([assembly], cache=assembly.parent / "cache", **given)


def verdicts(found: list[Judged]) -> list[Verdict]:
    return [outcome.verdict for each in found for outcome in each.outcomes]


def test_what_is_unchanged_is_not_judged_again(assembly: Path, asked: list[str]) -> None:
    first = prove(assembly)
    assert verdicts(first) == [Verdict.PROVED, Verdict.NOT_APPLICABLE]
    assert prove(assembly) == first
    assert asked == ["test"]
    assert judged([assembly], lambda *_: (), QUEUES)[0].name == "test"
    assert asked == ["test", "test"]


def test_what_does_not_hold_is_judged_every_time(assembly: Path, asked: list[str]) -> None:
    template = {"Resources": {"Jobs": RESOURCES["Jobs"]}}
    (assembly / "S.template.json").write_text(json.dumps(template))
    first = prove(assembly)
    assert Verdict.BROKEN in verdicts(first)
    assert first[0].outcomes[0].breaches == prove(assembly)[0].outcomes[0].breaches
    assert asked == ["test", "test"]


def _template(folder: Path) -> None:
    (folder / "S.template.json").write_text(json.dumps({"Resources": RESOURCES, "Outputs": {}}))


def _manifest(folder: Path) -> None:
    file = folder / "manifest.json"
    file.write_text(file.read_text().replace("111122223333", "444455556666"))


def _product(folder: Path) -> None:
    product = {"Resources": RESOURCES, "Parameters": {}}
    (folder / "Project.product.template.json").write_text(json.dumps(product))


@pytest.mark.parametrize("change", [_template, _manifest, _product])
def test_a_changed_file_is_judged(
    assembly: Path, asked: list[str], change: Callable[[Path], None]
) -> None:
    prove(assembly)
    change(assembly)
    prove(assembly)
    assert len(asked) == 2


@pytest.mark.parametrize(
    "change",
    [
        {"instance_types": lambda *_: ("ml.m5.large",)},
        {"promises": QUEUES[:1]},
        {"timeout": 20.0},
        {"asked": Asked(subjects=("subnet=Jobs",))},
        {"asked": Asked(own_types={"AWS::SQS::Queue": {"": "reviewed"}})},
    ],
)
def test_another_question_is_judged(
    assembly: Path, asked: list[str], change: dict[str, Any]
) -> None:
    prove(assembly)
    prove(assembly, **change)
    assert len(asked) == 2


def test_instance_types_are_those_of_the_environment_in_the_templates(
    assembly: Path, asked: list[str]
) -> None:
    named = {"Resources": RESOURCES, "Description": "role/secure-mlops-dev-job"}
    (assembly / "S.template.json").write_text(json.dumps(named))
    prove(assembly)
    prove(assembly, instance_types=lambda name, _: ("ml.m5.large",) if name == "dev" else ())
    assert len(asked) == 2


@pytest.mark.parametrize("package", judging.PACKAGES)
def test_changed_code_judges_anew(
    assembly: Path, asked: list[str], package: str, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    prove(assembly)
    module = judging.import_module(package)
    (tmp_path / "__init__.py").write_text("")
    with monkeypatch.context() as patch:
        patch.setattr(module, "__file__", str(tmp_path / "__init__.py"))
        prove(assembly)
    assert len(asked) == 2


@pytest.mark.parametrize("name", judging.DISTRIBUTIONS)
def test_another_version_of_a_library_judges_anew(
    assembly: Path, asked: list[str], name: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    prove(assembly)
    known = judging.version
    monkeypatch.setattr(judging, "version", lambda each: "0" if each == name else known(each))
    prove(assembly)
    assert len(asked) == 2
