"""The image of a table's problem: one for all its jobs and its model, or a refusal by name."""

from __future__ import annotations

import shutil
from typing import TYPE_CHECKING, Any

import pytest

from environments.loading import load_environment
from pipeline_definitions.catalog import build_pipelines
from pipeline_definitions.errors import PipelineModuleError
from pipeline_definitions.tabular.images import check_image
from pipeline_schema.walking import all_steps, values_in
from tests.synthesis import PROJECT

if TYPE_CHECKING:
    from pathlib import Path

    from pipeline_definitions.jobs import Family

PROBLEMS = PROJECT / "tests" / "e2e" / "problems"
OWN = "${AWS::AccountId}.dkr.ecr.${AWS::Region}.amazonaws.com/team/trainer:1"
SERVICES = ("model-monitor", "clarify")


def images(folder: Path, family: str) -> dict[str, set[str]]:
    """Build a problem's pipelines in an image, and return the images of each that are its own."""
    for each in PROBLEMS.glob("species*"):
        copy = shutil.copytree if each.is_dir() else shutil.copy
        copy(each, folder / each.name)
    module = folder / "species" / "pipeline.py"
    module.write_text(
        module.read_text().replace("least_skill", f"family={family},\n    least_skill")
    )
    found: dict[str, set[str]] = {}
    for built in build_pipelines(load_environment("dev"), folder):
        texts = {
            text
            for step in all_steps(built.definition)
            for _, text in values_in(step)
            if isinstance(text, str) and ".dkr.ecr." in text
        }
        found[built.name] = {each for each in texts if not any(name in each for name in SERVICES)}
    return found


@pytest.mark.parametrize(
    ("family", "word"),
    [('("sklearn", "1.9-0")', "/sagemaker-scikit-learn:1.9-0"), (f'"{OWN}"', OWN)],
)
def test_all_jobs_and_the_model_have_it(tmp_path: Path, family: str, word: str) -> None:
    found = images(tmp_path, family)
    assert found.keys() == {"species", "species-batch", "species-quality"}
    for pipeline, addresses in found.items():
        assert len(addresses) == 1, pipeline
        assert word in addresses.pop(), pipeline


@pytest.mark.parametrize("family", [OWN, ("xgboost", "3.2-0")])
@pytest.mark.parametrize("estimator", ["xgboost", "linear", "lightgbm"])
def test_what_has_everything_or_is_nobody_else_s_is_taken(
    tmp_path: Path, family: Family, estimator: str
) -> None:
    check_image(family, estimator, tmp_path)


@pytest.mark.parametrize(
    ("framework", "estimator", "parts", "words"),
    [
        ("sklearn", "xgboost", "", "image sklearn: does not have xgboost"),
        ("sklearn", "linear", "", ""),
        ("sklearn", "xgboost", "def estimator(schema, settings): ...", ""),
        ("sklearn", "xgboost", "def features(frame): ...", "does not have xgboost"),
        ("sklearn", "xgboost", "print(estimator)", "does not have xgboost"),
        (
            "pytorch",
            "linear",
            "",
            "image pytorch: write the estimator that it is for into parts.py",
        ),
        ("pytorch", "linear", "from problem.net import estimator", ""),
        ("huggingface", "linear", "estimator = len", ""),
        ("tensorflow", "linear", "estimator = len", "image tensorflow: its models are served by"),
        ("clarify", "linear", "estimator = len", "is none of xgboost, sklearn, pytorch, huggingf"),
        ("sklearn", "linear", "def (", "parts.py: is no Python"),
    ],
)
def test_an_image_for_which_a_problem_has_no_estimator_is_refused(
    tmp_path: Path, framework: str, estimator: str, parts: str, words: str
) -> None:
    if parts:
        (tmp_path / "parts.py").write_text(parts)

    def check() -> Any:
        check_image((framework, "1"), estimator, tmp_path)

    if not words:
        check()
        return
    with pytest.raises(PipelineModuleError, match=words):
        check()
