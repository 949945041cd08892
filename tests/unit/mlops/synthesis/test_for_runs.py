"""A local run synthesizes only where more than the address of job code may have changed."""

from __future__ import annotations

import json
import os
import time
from typing import TYPE_CHECKING

import pytest

from cloud_assembly import CloudAssembly
from environments.loading import VARIABLE
from mlops.synthesis.for_runs import assembly_for_run
from mlops.synthesis.kept import mark
from mlops.synthesis.synthesize import inputs_of, synthesize
from mlops_common.errors import MlopsError
from pipeline_definitions.bundles import code_bundle
from tests.synthesis import PROJECT

if TYPE_CHECKING:
    from pathlib import Path

# Stands for the app: a definition made from a module, settings, a lock file and job code.
APP = """
import json, os, sys
from pathlib import Path

from pipeline_definitions.bundles import code_bundle

with open("calls", "a") as calls:
    calls.write("x")
if Path("fail").exists():
    sys.exit("error: the app says why")
root, out = Path.cwd(), Path(os.environ["CDK_OUTDIR"])
context = json.loads(os.environ["CDK_CONTEXT_JSON"])
bundle = code_bundle(root / "processing_code", root / "build" / "bundles")
inputs = ["pipeline_definitions/one.py", "environments/dev.yaml", "processing_code/wheelhouse.txt"]
definition = {"Steps": [], "Metadata": {
    "code": "s3://${Bucket}/code/" + bundle.digest,
    "made from": [(root / name).read_text() for name in inputs],
    "names": sorted(each.name for each in (root / "processing_code").glob("[!.]*")),
}}
asset = out / "asset.code"
asset.mkdir(parents=True)
(asset / "train.py").write_bytes((bundle.folder / "train.py").read_bytes())
resources = {
    "Bucket": {"Type": "AWS::S3::Bucket", "Properties": {"BucketName": "artifacts"}},
    "Code": {"Type": "Custom::CDKBucketDeployment", "Properties": {
        "SourceObjectKeys": ["code.zip"], "DestinationBucketName": {"Ref": "Bucket"},
        "DestinationBucketKeyPrefix": bundle.key_prefix}},
    "Pipeline": {"Type": "AWS::SageMaker::Pipeline", "Properties": {
        "PipelineName": "one", "RoleArn": "arn:aws:iam::111111111111:role/R",
        "PipelineDefinition": {"PipelineDefinitionBody": {"Fn::Sub": json.dumps(definition)}}}},
}
written = {
    "manifest.json": {"context": context, "artifacts": {"s": {
        "type": "aws:cloudformation:stack", "environment": "aws://111111111111/eu-central-1",
        "properties": {"templateFile": "s.template.json", "stackName": "s"}}}},
    "s.template.json": {"Resources": resources},
    "s.assets.json": {"files": {"code": {"source": {"path": "asset.code"},
        "destinations": {"here": {"objectKey": "code.zip"}}}}},
    "job-code.json": {"folders": [{"folder": "processing_code", "digest": bundle.digest}],
        "read": ["processing_code/wheelhouse.txt"]},
}
for name, document in written.items():
    (out / name).write_text(json.dumps(document))
"""


@pytest.fixture
def project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("PYTHONPATH", f"{PROJECT}:{PROJECT / 'packages'}")
    monkeypatch.setenv(VARIABLE, str(tmp_path / "environments"))
    contents = {
        "cdk.json": json.dumps({"app": "python app.py"}),
        "app.py": APP,
        "pyproject.toml": "",
        "requirements.txt": "one==1",
        "environments/dev.yaml": "region: eu-central-1",
        "pipeline_definitions/one.py": "ONE = 1",
        "stacks/base.py": "",
        "functions/start/index.py": "",
        "packages/pipeline_schema/shape.py": "",
        "processing_code/train.py": "print(1)",
        "processing_code/README.md": "",
        "processing_code/wheelhouse.txt": "polars==2.0.0",
        "processing_code/abalone/schema.py": "COLUMNS = 8",
    }
    for name, content in contents.items():
        file = tmp_path / name
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(content)
    return tmp_path


def syntheses(project: Path) -> int:
    calls = project / "calls"
    return len(calls.read_text()) if calls.exists() else 0


def definition(project: Path) -> str:
    """The definition that a run has now."""
    made = assembly_for_run("dev", project, lambda _line: None)
    return CloudAssembly(made.folder, codes=made.codes).pipeline("one").text()


def change(project: Path, name: str) -> None:
    file = project / name
    content = file.read_text()
    if name == "cdk.json":
        file.write_text(json.dumps({**json.loads(content), "context": {}}))
    else:
        file.write_text(f"{content}\n# changed")


def in_full(project: Path) -> str:
    """The definition of a synthesis that knows no earlier one."""
    for folder in ("unchecked-assembly", "cloud-assembly"):
        for file in (project / "build" / folder).rglob("inputs.json"):
            file.unlink()
    return definition(project)


@pytest.mark.parametrize(
    ("name", "needed"),
    [
        ("processing_code/train.py", False),
        ("processing_code/abalone/schema.py", False),
        ("processing_code/README.md", False),
        ("processing_code/wheelhouse.txt", True),
        ("pipeline_definitions/one.py", True),
        ("environments/dev.yaml", True),
        ("stacks/base.py", True),
        ("functions/start/index.py", True),
        ("packages/pipeline_schema/shape.py", True),
        ("requirements.txt", True),
        ("pyproject.toml", True),
        ("cdk.json", True),
        ("app.py", True),
        ("README.md", False),
        ("processing_code/.train.py.swp", False),
    ],
)
def test_an_edit_synthesizes_where_it_may_change_more_than_an_address(
    project: Path, name: str, needed: bool
) -> None:
    (project / "README.md").touch()
    before = definition(project)
    (project / "processing_code" / ".train.py.swp").touch()  # an editor has opened it
    change(project, name)
    after = definition(project)
    assert syntheses(project) == 1 + needed
    assert (after != before) is (
        name.startswith(("processing_code/", "environments", "pipeline_definitions"))
        and not name.endswith((".md", ".swp"))
    )
    assert after == in_full(project), "what a synthesis of everything would give"
    assert syntheses(project) == 2 + needed


@pytest.mark.parametrize("what", ["added", "removed"])
def test_which_files_there_are_may_decide_a_definition(project: Path, what: str) -> None:
    definition(project)
    if what == "added":
        (project / "processing_code" / "score.py").touch()
    else:
        (project / "processing_code" / "train.py").rename(project / "processing_code" / "fit.py")
        (project / "processing_code" / "fit.py").rename(project / "train.py")
        (project / "app.py").write_text(APP.replace('"train.py"', '"wheelhouse.txt"'))
    assert definition(project) == in_full(project)
    assert syntheses(project) == 3


def test_code_is_delivered_as_it_is_now_and_the_run_says_so(project: Path) -> None:
    first = assembly_for_run("dev", project, lambda _line: None)
    assert "code of now" not in first.note
    change(project, "processing_code/train.py")
    made = assembly_for_run("dev", project, lambda _line: None)
    digest = code_bundle(project / "processing_code", project / "build" / "bundles").digest
    (delivery,) = CloudAssembly(made.folder, codes=made.codes).deliveries
    assert delivery.prefix == f"code/{digest}"
    assert (delivery.source / "train.py").read_text() == "print(1)\n# changed"
    at = time.strftime("%H:%M", time.localtime((made.folder / "inputs.json").stat().st_mtime))
    assert made.note.startswith(f"definition of {at}, code of now; not checked by rule packs")
    assert [(code.place, code.digest) for code in made.codes] == [("processing_code", digest)]


def test_a_checked_assembly_serves_too_and_the_last_one_wins(project: Path) -> None:
    made = assembly_for_run("dev", project, lambda _line: None)
    checked = project / "build" / "cloud-assembly" / "dev"
    checked.parent.mkdir()
    made.folder.rename(checked)
    change(project, "processing_code/train.py")
    again = assembly_for_run("dev", project, lambda _line: None)
    assert (again.folder, syntheses(project)) == (checked, 1)
    assert "not checked" not in again.note

    change(project, "pipeline_definitions/one.py")
    said: list[str] = []
    other = assembly_for_run("dev", project, said.append)
    assert (other.folder != checked, syntheses(project)) == (True, 2)
    (line,) = said
    assert "not checked by rule packs and proofs" in line
    assert line.endswith(": pipeline_definitions/one.py has changed")
    # Both hold for the same inputs: the one made last.
    mark(checked, inputs_of(project))
    os.utime(checked / "inputs.json", (0, 0))
    assert assembly_for_run("dev", project, said.append).folder == other.folder
    assert syntheses(project) == 2


@pytest.mark.parametrize("name", ["s.template.json", "inputs.json", "asset.code/train.py"])
def test_a_damaged_assembly_serves_no_run(project: Path, name: str) -> None:
    before = definition(project)
    (project / "build" / "unchecked-assembly" / "dev" / name).write_text("{")
    said: list[str] = []
    assembly_for_run("dev", project, said.append)
    assert said[0].endswith(": files of the last cloud assembly have changed")
    assert (definition(project), syntheses(project)) == (before, 2)


def test_an_unchecked_assembly_counts_for_no_check(project: Path) -> None:
    definition(project)
    folder = synthesize("dev", project)
    context = json.loads((folder / "manifest.json").read_text())["context"]
    assert (context["environment"], "unchecked" in context) == ("dev", False)
    assert folder == project / "build" / "cloud-assembly" / "dev"


def test_the_same_code_in_two_folders_is_not_told_apart(project: Path) -> None:
    made = assembly_for_run("dev", project, lambda _line: None)
    record = made.folder / "job-code.json"
    document = json.loads(record.read_text())
    document["folders"].append({**document["folders"][0], "folder": "stacks"})
    record.write_text(json.dumps(document))
    mark(made.folder, inputs_of(project))
    change(project, "processing_code/train.py")
    definition(project)
    assert syntheses(project) == 2


def test_a_failure_says_why_and_keeps_the_last_good_assembly(project: Path) -> None:
    made = assembly_for_run("dev", project, lambda _line: None)
    before = (made.folder / "manifest.json").read_bytes()
    context = json.loads(before)["context"]
    assert (context["environment"], context["unchecked"]) == ("dev", True)
    change(project, "stacks/base.py")
    (project / "fail").touch()
    with pytest.raises(MlopsError, match="synthesis of dev failed:\n  error: the app says why"):
        definition(project)
    assert (made.folder / "manifest.json").read_bytes() == before


def test_without_caches_a_run_synthesizes_anew(
    project: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    definition(project)
    monkeypatch.setenv("MLOPS_NO_CACHE", "1")
    definition(project)
    assert syntheses(project) == 2
