"""The older template's flags, and what is said when they are wrong."""

from __future__ import annotations

import pytest

from mlops.command_line.older_flags import environment_of_kwargs, pipeline_of_module, tags_of
from mlops_common.errors import MlopsError


@pytest.mark.example
@pytest.mark.parametrize("name", ["pipeline_definitions.training", "training"])
def test_a_module_names_a_pipeline(name: str) -> None:
    assert pipeline_of_module(name) == "training"


@pytest.mark.example
@pytest.mark.parametrize("name", [None, "", "pipelines.abalone.pipeline", "environments.settings"])
def test_an_unknown_module_lists_the_known(name: str | None) -> None:
    with pytest.raises(MlopsError, match=r"-n/--module-name: .*pipeline_definitions\.training"):
        pipeline_of_module(name)


@pytest.mark.parametrize("text", ["{'environment': 'prod'}", '{"environment": "prod"}'])
def test_keyword_arguments_are_read_in_both_notations(text: str) -> None:
    assert environment_of_kwargs(text) == "prod"


def test_without_keyword_arguments_it_is_dev() -> None:
    assert environment_of_kwargs(None) == "dev"


@pytest.mark.parametrize(
    "text", ["{", "[1]", "{[]: 1}", "{'region': 'eu-west-1'}", "__import__('os')"]
)
def test_wrong_keyword_arguments_are_one_line(text: str) -> None:
    with pytest.raises(MlopsError, match="-kwargs/--kwargs: ") as raised:
        environment_of_kwargs(text)
    assert "\n" not in str(raised.value)


def test_tags_are_read() -> None:
    assert tags_of("[{'Key': 'team', 'Value': 'sea'}]") == [{"Key": "team", "Value": "sea"}]
    assert tags_of(None) == []


@pytest.mark.parametrize("text", ["{", "{'Key': 'a'}", "[{'Key': 'a'}]", "[{'Key': 1}]"])
def test_wrong_tags_are_one_line(text: str) -> None:
    with pytest.raises(MlopsError, match="-tags/--tags: "):
        tags_of(text)
