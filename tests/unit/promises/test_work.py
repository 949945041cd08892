"""Promise 21: what has to be called is allowed, and what is missing is found by name."""

from __future__ import annotations

import dataclasses
import json
import shutil
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import pytest

from mlops_contract import callers as contract
from mlops_contract.callers import DOCUMENTED, NOT_PROVIDED, callers
from promises import work
from promises.catalog import PROMISES
from promises.proving import Verdict, outcomes_of
from promises.world import World, worlds_of

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from promises.proving import Breach

    Template = dict[str, Any]

PROMISE = next(each for each in PROMISES if each.number == 21)
ISOLATED = next(each for each in PROMISES if each.number == 22)
QUICKLY = ["dev", *(pytest.param(each, marks=pytest.mark.slow) for each in ("staging", "prod"))]


@pytest.fixture(scope="module")
def worlds(all_environments: Path) -> dict[str, World]:
    return {world.name: world for world in worlds_of([all_environments])}


@pytest.fixture(scope="module")
def dev(worlds: dict[str, World]) -> World:
    return worlds["dev"]


def broken(world: World) -> list[Breach]:
    (outcome,) = outcomes_of(world, [PROMISE])
    return list(outcome.breaches)


@pytest.fixture
def changed(
    all_environments: Path, tmp_path: Path
) -> Callable[[str, Callable[[Template], None]], World]:
    """Return a function that reads dev with one of its templates changed."""

    def read(stack: str, change: Callable[[Template], None]) -> World:
        folder = tmp_path / "assembly-dev"
        shutil.copytree(all_environments / "assembly-dev", folder, symlinks=True)
        (file,) = folder.glob(f"*{stack}*.template.json")
        template = json.loads(file.read_text())
        change(template)
        file.write_text(json.dumps(template))
        (world,) = worlds_of([folder])
        return world

    return read


@pytest.mark.parametrize("name", QUICKLY)
def test_every_row_is_allowed(worlds: dict[str, World], name: str) -> None:
    found = outcomes_of(worlds[name], [PROMISE, ISOLATED])
    assert [each.breaches for each in found] == [(), ()]
    assert [each.verdict for each in found] == [Verdict.PROVED] * 2
    assert found[0].claims >= 800


def _statements(template: Template, kind: str, start: str) -> Iterator[list[dict[str, Any]]]:
    for name, each in template["Resources"].items():
        if each["Type"] == kind and name.startswith(start):
            body = each["Properties"]
            yield body.get("PolicyDocument", body.get("KeyPolicy"))["Statement"]


def _without(kind: str, start: str, sid: str) -> Callable[[Template], None]:
    def change(template: Template) -> None:
        for statements in _statements(template, kind, start):
            kept = [each for each in statements if each.get("Sid") != sid]
            assert len(kept) < len(statements)
            statements[:] = kept

    return change


def _no_exception(ending: str) -> Callable[[Template], None]:
    """Take a role out of those that the Denies of the bucket of models leave alone."""

    def change(template: Template) -> None:
        for statements in _statements(template, "AWS::S3::BucketPolicy", "Models"):
            (first,) = [each for each in statements if each.get("Sid") == "Place2"]
            exempt = first["Condition"]["ArnNotEquals"]["aws:PrincipalArn"]
            kept = [each for each in exempt if not json.dumps(each).rstrip('"}]').endswith(ending)]
            assert len(kept) < len(exempt)
            first["Condition"]["ArnNotEquals"]["aws:PrincipalArn"] = kept

    return change


def _without_kind(kind: str) -> Callable[[Template], None]:
    def change(template: Template) -> None:
        found = template["Resources"]
        gone = [name for name, each in found.items() if each["Type"] == kind]
        assert gone
        for each in gone:
            del found[each]

    return change


def _one_rule_only(template: Template) -> None:
    """Let only one of the rules that share a dead-letter queue leave events there."""
    (statements,) = _statements(template, "AWS::SQS::QueuePolicy", "DeadLetters")
    (undelivered,) = [each for each in statements if each.get("Sid") == "Undelivered"]
    sources = undelivered["Condition"]["ArnLike"]["aws:SourceArn"]
    sources[:] = [each.replace("-dev-*", "-dev-platform-alarm") for each in sources]


def _alias_of_nothing(template: Template) -> None:
    aliases = [
        each["Properties"]
        for each in template["Resources"].values()
        if each["Type"] == "AWS::KMS::Alias"
    ]
    (models,) = [each for each in aliases if each["AliasName"].endswith("-models")]
    models["TargetKeyId"] = "1234abcd-12ab-34cd-56ef-1234567890ab"


@pytest.mark.example
@pytest.mark.parametrize(
    ("stack", "change", "place", "row"),
    [
        (
            "Registry",
            _without_kind("AWS::SageMaker::ModelPackageGroup"),
            "trained",
            "orchestration registers versions",
        ),
        ("Keys", _alias_of_nothing, "key-models", "training-job looks at the key of models"),
    ],
)
def test_a_row_that_asks_nothing_is_undecided(
    changed: Callable[[str, Callable[[Template], None]], World],
    stack: str,
    change: Callable[[Template], None],
    place: str,
    row: str,
) -> None:
    found = [each for each in broken(changed(stack, change)) if "asks nothing" in each.what]
    assert {each.verdict for each in found} == {Verdict.UNKNOWN}
    assert any(row in each.what and f"no {place} in the" in each.what for each in found), found


def test_a_value_of_a_condition_that_is_missing_is_undecided(
    dev: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    table = callers()
    row = table.roles["scheduler"]
    given = {"aws:SourceArn": ("{importer}",)}
    tried = replace(row, work=(*row.work, replace(row.work[0], work="tries", given=given)))
    roles = {**table.roles, "scheduler": tried}
    monkeypatch.setattr(work, "callers", lambda: replace(table, roles=roles))
    (breach,) = broken(dev)
    assert breach.verdict is Verdict.UNKNOWN
    assert 'tries" asks nothing: no importer in the templates' in breach.what


# Each takes a world that is read and asked anew; the first stands for them in a quick run.
CURES = [
    (
        "Storage",
        _without("AWS::S3::BucketPolicy", "Models", "Registering"),
        "orchestration",
        "RegisterModel",
    ),
    ("Storage", _no_exception("dev-orchestration"), "orchestration", "RegisterModel"),
    ("Storage", _no_exception("dev-inference-job"), "inference-job", "CreateModel"),
    (
        "Delivery[!I]",
        _without_kind("AWS::Lambda::Permission"),
        "events.amazonaws.com",
        "calls the function of a rule",
    ),
    (
        "Delivery[!I]",
        _without_kind("AWS::SQS::QueuePolicy"),
        "events.amazonaws.com",
        "leaves what a rule could not deliver",
    ),
    (
        "Monitoring",
        _one_rule_only,
        "events.amazonaws.com",
        "leaves what a rule could not deliver",
    ),
    (
        "Keys",
        _without("AWS::KMS::Key", "Logs", "DeadLettersOfEvents"),
        "events.amazonaws.com",
        "could not deliver",
    ),
    (
        "Keys",
        _without("AWS::KMS::Key", "Logs", "AccessLogs"),
        "logging.s3.amazonaws.com",
        "access logs",
    ),
]


@pytest.mark.parametrize(
    ("stack", "change", "who", "what"),
    [CURES[0], *(pytest.param(*each, marks=pytest.mark.slow) for each in CURES[1:])],
)
def test_a_cure_taken_out_is_found(
    changed: Callable[[str, Callable[[Template], None]], World],
    stack: str,
    change: Callable[[Template], None],
    who: str,
    what: str,
) -> None:
    world = changed(stack, change)
    found = broken(world)
    assert any(who in each.what and what in each.what for each in found), found
    assert any(each.startswith("refused: ") and what in each for each in work.listed_work(world))


def test_data_have_no_way_in_yet(dev: World, monkeypatch: pytest.MonkeyPatch) -> None:
    table = callers()
    row = table.roles["data-scientist"]
    (gap,) = [each for each in row.work if "into the data bucket" in each.work]
    assert gap.status == NOT_PROVIDED
    assert any(each.startswith(f"{NOT_PROVIDED}: ") for each in work.listed_work(dev))
    claimed = replace(row, work=(replace(gap, status=DOCUMENTED),))
    tried = replace(table, roles={**table.roles, "data-scientist": claimed})
    monkeypatch.setattr(work, "callers", lambda: tried)
    found = " ".join(each.what for each in broken(dev))
    for place in ("set/raw/", "set/batch/", "set/truth/"):
        assert place in found


def test_a_gap_that_is_closed_is_named(dev: World, monkeypatch: pytest.MonkeyPatch) -> None:
    table = callers()
    row = table.roles["data-scientist"]
    stale = replace(row.work[0], status=NOT_PROVIDED)
    tried = replace(table, roles={**table.roles, "data-scientist": replace(row, work=(stale,))})
    monkeypatch.setattr(work, "callers", lambda: tried)
    (breach,) = broken(dev)
    assert "nothing lets anybody do this" in breach.what


def test_a_role_without_a_row_is_undecided(dev: World, monkeypatch: pytest.MonkeyPatch) -> None:
    table = callers()
    fewer = {name: row for name, row in table.roles.items() if name != "scheduler"}
    monkeypatch.setattr(work, "callers", lambda: replace(table, roles=fewer))
    (breach,) = broken(dev)
    assert breach.verdict is Verdict.UNKNOWN
    assert "secure-mlops-dev-scheduler" in breach.what


def test_a_service_without_a_row_is_undecided(dev: World, monkeypatch: pytest.MonkeyPatch) -> None:
    table = callers()
    monkeypatch.setattr(work, "callers", lambda: replace(table, services={}))
    assert {each.subject for each in broken(dev)} == {
        "events.amazonaws.com",
        "logging.s3.amazonaws.com",
        "logs.eu-central-1.amazonaws.com",
    }


def test_a_trust_without_a_row_is_undecided(dev: World, monkeypatch: pytest.MonkeyPatch) -> None:
    table = callers()
    other = {**table.roles, "scheduler": replace(table.roles["scheduler"], by="x.amazonaws.com")}
    monkeypatch.setattr(work, "callers", lambda: replace(table, roles=other))
    texts = [each.what for each in broken(dev)]
    assert any("has scheduler.amazonaws.com work as" in each for each in texts)


def test_templates_of_others_are_not_asked(tmp_path: Path) -> None:
    template = tmp_path / "template.yaml"
    template.write_text("Resources: {Jobs: {Type: AWS::SQS::Queue}}")
    (outcome,) = outcomes_of(worlds_of([template])[0], [PROMISE])
    assert outcome.verdict is Verdict.NOT_APPLICABLE


def test_a_word_that_means_nothing_is_refused() -> None:
    row = callers().roles["scheduler"].work[0]
    with pytest.raises(ValueError, match="status is 'sure'; choose from documented, inferred"):
        dataclasses.replace(row, status="sure")
    assert contract.FILE == "callers.yaml"
