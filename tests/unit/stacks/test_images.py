"""The images that jobs run are read from the definitions."""

from __future__ import annotations

from typing import Any

from pipeline_definitions.built import BuiltPipeline
from stacks.images import image_repositories


def _pipeline(definition: dict[str, Any]) -> BuiltPipeline:
    return BuiltPipeline("p", "P", "", definition, frozenset(), (), ())


def _repositories(*definitions: dict[str, Any]) -> tuple[str, ...]:
    return image_repositories(
        [_pipeline(definition) for definition in definitions],
        partition="aws",
        account="111111111111",
        region="eu-central-1",
    )


def test_images_of_aws_and_of_our_own() -> None:
    image = "492215442770.dkr.ecr.eu-central-1.amazonaws.com/sagemaker-xgboost:3.0-5"
    own = "${AWS::AccountId}.dkr.ecr.${AWS::Region}.amazonaws.com/team/scorer@sha256:0f"
    assert _repositories({"a": [{"ImageUri": image}]}, {"b": image, "c": own}) == (
        "arn:aws:ecr:eu-central-1:111111111111:repository/team/scorer",
        "arn:aws:ecr:eu-central-1:492215442770:repository/sagemaker-xgboost",
    )


def test_text_that_is_no_image_is_passed_over() -> None:
    assert _repositories({"a": "see 492215442770.dkr.ecr for images", "b": 3}) == ()
