from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest

from cloud_assembly.lone_templates import read_document, read_templates
from mlops_common.errors import MlopsError

if TYPE_CHECKING:
    from pathlib import Path

WHERE = ("111122223333", "eu-central-1")
YAML = """
AWSTemplateFormatVersion: 2010-09-09
Parameters:
  Stage: {Type: String, Default: dev}
Resources:
  Data:
    Type: AWS::S3::Bucket
    Properties: {BucketName: !Sub "data-${Stage}"}
  Pipeline:
    Type: AWS::SageMaker::Pipeline
    Properties:
      PipelineName: !Join ["-", [lone, !Ref Stage]]
      RoleArn: !ImportValue the-role
      PipelineDefinition:
        PipelineDefinitionBody: !Sub
          - '{"Steps": [], "Where": "s3://${Bucket}"}'
          - Bucket: !Ref Data
"""
EXPORTS = {
    "Resources": {},
    "Outputs": {"Role": {"Value": "arn:r", "Export": {"Name": "the-role"}}},
}


def test_a_folder_of_templates_is_read_as_deployed_together(tmp_path: Path) -> None:
    (tmp_path / "pipelines.yaml").write_text(YAML)
    (tmp_path / "roles.template.json").write_text(json.dumps(EXPORTS))
    (tmp_path / "notes.json").write_text("{}")
    assembly = read_templates(tmp_path, *WHERE)
    assert [stack.name for stack in assembly.stacks] == ["pipelines", "roles"]
    found = assembly.pipeline("lone-dev")
    assert found.role_arn == "arn:r"
    assert found.resolved_definition() == {"Steps": [], "Where": "s3://data-dev"}


def test_an_import_from_nowhere_says_what_to_do(tmp_path: Path) -> None:
    (tmp_path / "pipelines.yaml").write_text(YAML)
    with pytest.raises(MlopsError, match=r"imports 'the-role', which no stack exports; a template"):
        _ = read_templates(tmp_path / "pipelines.yaml", *WHERE).pipelines


@pytest.mark.parametrize(
    ("name", "text", "words"),
    [
        ("a.yaml", "a: [", "cannot be read as JSON or YAML"),
        ("a.json", "{", "cannot be read as JSON"),
        ("a.json", "[" * 100_000, "nested too deeply"),
        ("a.yaml", "[" * 2_000, "nested too deeply"),
        ("a.template", "{}", "is neither a cloud assembly"),
        ("a.json", "[]", "is neither a cloud assembly"),
    ],
)
def test_what_is_no_template_is_told(tmp_path: Path, name: str, text: str, words: str) -> None:
    (tmp_path / name).write_text(text)
    with pytest.raises(MlopsError, match=words):
        read_templates(tmp_path / name, *WHERE)


def test_a_missing_file_is_told(tmp_path: Path) -> None:
    with pytest.raises(MlopsError, match="there is no such file"):
        read_document(tmp_path / "none.yaml")


def elsewhere(folder: Path, *files: str) -> Path:
    """A template whose definition is an object in S3, and the manifest of its assets."""
    place = {"Bucket": "staging", "Key": "abc.json"}
    definition = {"PipelineDefinitionS3Location": place}
    properties = {"PipelineName": "p", "RoleArn": "arn:r", "PipelineDefinition": definition}
    resource = {"Type": "AWS::SageMaker::Pipeline", "Properties": properties}
    (folder / "lone.json").write_text(json.dumps({"Resources": {"P": resource}}))
    assets = {
        "files": {
            name: {
                "source": {"path": name, "packaging": "file"},
                "destinations": {"here": {"bucketName": "staging", "objectKey": "abc.json"}},
            }
            for name in files
        }
    }
    (folder / "lone.assets.json").write_text(json.dumps(assets))
    return folder / "lone.json"


def test_a_definition_may_be_an_asset(tmp_path: Path) -> None:
    template = elsewhere(tmp_path, "pipeline.json")
    (tmp_path / "pipeline.json").write_text('{"Steps": ["${kept}"]}')
    found = read_templates(template, *WHERE).pipeline("p")
    assert found.resolved_definition() == {"Steps": ["${kept}"]}


def test_a_definition_elsewhere_is_named(tmp_path: Path) -> None:
    with pytest.raises(MlopsError, match=r"pipeline p: its definition is at s3://staging/abc.json"):
        _ = read_templates(elsewhere(tmp_path), *WHERE).pipelines
