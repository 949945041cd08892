"""Every reader of a definition takes the same text: what JSON is not is refused by name."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest

from cloud_assembly.lone_templates import read_document, read_templates
from mlops_common.errors import MlopsError
from pipeline_local.local_aws.pipeline_requests import Request, definition_of

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

SOUND = '{"Parameters": [%s], "Steps": [{"Name": "A", "Type": "Fail", "Arguments": {}%s}]}'
WRONG = {
    "twice": (SOUND % ("", ', "Type": "Pass"'), "'Type' stands twice in one object"),
    "nan": (SOUND % ('{"Name": "P", "Type": "Float", "DefaultValue": NaN}', ""), "NaN is no num"),
    "large": (SOUND % ("", ', "X": 1e999'), "1e999 is too large for a number"),
}
YAML = {
    "twice": ("Steps: []\nSteps: [1]\n", "'Steps' stands twice in one object"),
    "nan": ("Parameters: [{Name: P, DefaultValue: .nan}]\n", "NaN is no number"),
    "infinite": ("Parameters: [{Name: P, DefaultValue: -.inf}]\n", "-Infinity is no number"),
    "bytes": ("Parameters: !!binary aGVsbG8=\n", "bytes is not JSON serializable"),
    "circle": ("Steps: &here [*here]\n", "Circular reference"),
}


def of_file(text: str, folder: Path) -> None:
    file = folder / "definition.json"
    file.write_text(text)
    read_document(file)


def of_template(text: str, folder: Path) -> None:
    body = {"PipelineDefinitionBody": text}
    named = {"PipelineName": "p", "RoleArn": "r", "PipelineDefinition": body}
    resource = {"Type": "AWS::SageMaker::Pipeline", "Properties": named}
    file = folder / "template.json"
    file.write_text(json.dumps({"Resources": {"P": resource}}))
    read_templates(file, "111122223333", "eu-central-1").resolved_definition("p")


def of_request(text: str, _folder: Path) -> None:
    content = {"PipelineDefinition": text}
    definition_of(Request("CreatePipeline", content, None))


@pytest.mark.parametrize("read", [of_file, of_template, of_request])
@pytest.mark.parametrize("kind", WRONG)
def test_no_reader_takes_what_is_no_json(
    kind: str, read: Callable[[str, Path], None], tmp_path: Path
) -> None:
    text, problem = WRONG[kind]
    with pytest.raises(Exception, match=problem):
        read(text, tmp_path)
    read(SOUND % ("", ""), tmp_path)


@pytest.mark.parametrize("kind", YAML)
def test_a_document_of_yaml_has_a_form_in_json(kind: str, tmp_path: Path) -> None:
    text, problem = YAML[kind]
    file = tmp_path / "definition.yaml"
    file.write_text(text)
    with pytest.raises(MlopsError, match=problem):
        read_document(file)
