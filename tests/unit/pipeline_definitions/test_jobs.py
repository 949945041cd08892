"""The images of jobs: those of AWS by name, and any other by its address."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from mlops_common.errors import MlopsError
from pipeline_definitions.catalog import build_pipelines
from pipeline_definitions.environment import PipelineEnvironment
from pipeline_definitions.errors import PipelineModuleError
from pipeline_definitions.jobs import (
    SCIKIT_LEARN_IMAGE,
    XGBOOST_IMAGE,
    Compute,
    Family,
    image,
    instance_type_parameter,
)
from pipeline_local.jobs.images import image_of
from pipeline_schema.walking import all_steps
from stacks.images import image_repositories

if TYPE_CHECKING:
    from pathlib import Path

    from environments.settings import EnvironmentSettings

OWN = "${AWS::AccountId}.dkr.ecr.${AWS::Region}.amazonaws.com/team/trainer:7"
PYTORCH, TENSORFLOW = ("pytorch", "2.9.0"), ("tensorflow", "2.19.0")
HUGGING_FACE = ("huggingface", "5.3.0", "pytorch2.9.0")
GPU, CPU = "ml.p3.2xlarge", "ml.m5.large"

MODULE = f'''
"""Train in an image of AWS's other frameworks, on a GPU."""

from pathlib import Path

from pipeline_definitions import sdk
from pipeline_definitions.jobs import Compute
from pipeline_definitions.steps import processing_step, training_step


def get_pipeline(environment):
    code = environment.ship(Path(__file__).parent / "jobs")
    processed = processing_step(
        environment, "Prepare", script="prepare.py", code_uri=code, compute=Compute("{CPU}"),
        inputs=[], outputs=["train"], description="Prepare.", launcher="", family="{OWN}",
    )
    trained = training_step(
        environment, "Train", script="train.py", code_uri=code, compute=Compute("{GPU}"),
        channels=[], hyperparameters={{}}, description="Train.", family={PYTORCH},
    )
    return sdk.compose(environment, "deep", parameters=[], steps=[processed, trained])
'''


def _environment(settings: EnvironmentSettings, *types: str) -> PipelineEnvironment:
    return PipelineEnvironment(settings.model_copy(update={"instance_types": types}))


@pytest.mark.parametrize(
    ("family", "serves", "kind", "end"),
    [
        (XGBOOST_IMAGE, False, GPU, "/sagemaker-xgboost:3.2-0"),
        (SCIKIT_LEARN_IMAGE, False, GPU, "/sagemaker-scikit-learn:1.9-0-cpu-py3"),
        (PYTORCH, False, CPU, "/pytorch-training:2.9.0-cpu-py312"),
        (PYTORCH, False, GPU, "/pytorch-training:2.9.0-gpu-py312"),
        (TENSORFLOW, False, GPU, "/tensorflow-training:2.19.0-gpu-py312"),
        (TENSORFLOW, True, CPU, "/tensorflow-inference:2.19.0-cpu"),
        (HUGGING_FACE, False, GPU, "/huggingface-pytorch-training:2.9.0-transformers5.3.0-gpu-"),
        (OWN, True, GPU, OWN),
    ],
)
def test_an_image_is_of_the_kind_that_the_instance_and_the_step_need(
    settings: EnvironmentSettings, family: Family, serves: bool, kind: str, end: str
) -> None:
    environment = _environment(settings, CPU, GPU)
    assert end in image(environment, family, Compute(kind), serves=serves)


def test_a_parameter_counts_by_its_default_which_is_the_first_type(
    settings: EnvironmentSettings,
) -> None:
    environment = _environment(settings, GPU, CPU)
    compute = Compute(instance_type_parameter(environment, "InstanceType"))
    assert image(environment, PYTORCH, compute) == image(environment, PYTORCH, Compute(GPU))
    assert image(environment, PYTORCH) == image(environment, PYTORCH, Compute(GPU))


@pytest.mark.parametrize(
    ("family", "words"),
    [
        (("pytorch", "0.0.1"), "Unsupported pytorch version: 0.0.1"),
        (HUGGING_FACE, "Unsupported processor: cpu"),
        (("huggingface", "5.3.0"), "pytorch2.9.0"),
        (("keras", "3"), "image keras: AWS has no framework of this name"),
        ("docker.io/library/python:3.12", "is no address of a private ECR repository"),
        (OWN.removesuffix(":7"), "needs a tag or a digest"),
        (OWN.replace("${AWS::Region}", "us-west-2"), "an endpoint of ECR answers for eu-central-1"),
    ],
)
def test_an_image_that_no_job_can_have_is_one_line(
    settings: EnvironmentSettings, family: Family, words: str
) -> None:
    with pytest.raises(PipelineModuleError) as error:
        image(_environment(settings, CPU), family)
    (line,) = error.value.lines
    assert words in line
    assert "upgrade your SDK" not in line


def test_images_are_granted_by_what_is_run_and_refused_by_name_only_here(
    settings: EnvironmentSettings, tmp_path: Path
) -> None:
    folder = tmp_path / "deep" / "jobs"
    folder.mkdir(parents=True)
    (tmp_path / "deep" / "pipeline.py").write_text(MODULE)
    for name in ("prepare.py", "train.py"):
        (folder / name).write_text("")
    built = build_pipelines(settings.model_copy(update={"instance_types": (CPU, GPU)}), tmp_path)
    granted = image_repositories(
        built, partition="aws", account=settings.account, region=settings.region
    )
    assert granted == (
        f"arn:aws:ecr:eu-central-1:{settings.account}:repository/team/trainer",
        "arn:aws:ecr:eu-central-1:763104351884:repository/pytorch-training",
    )
    steps = {each["Name"]: each["Arguments"] for each in all_steps(built[0].definition)}
    for uri in (
        steps["Train"]["AlgorithmSpecification"]["TrainingImage"],
        steps["Prepare"]["AppSpecification"]["ImageUri"],
    ):
        with pytest.raises(MlopsError, match="can run here; known are"):
            image_of(uri)
