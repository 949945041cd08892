"""Rules of SageMaker beyond the API's model of a step's request."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

from pipeline_schema.expressions import walk
from pipeline_schema.known_fields import NAME, NAME_RULE
from pipeline_schema.walking import all_steps, member_at, without_nested

if TYPE_CHECKING:
    from collections.abc import Iterator

# Repositories of SageMaker's own algorithms (SDK, `image_uri_config`). The image of XGBoost is one
# of them in script mode too.
OWN_ALGORITHMS = frozenset(
    {
        *("blazingtext", "factorization-machines", "forecasting-deepar", "image-classification"),
        *("ipinsights", "kmeans", "knn", "lda", "linear-learner", "ntm", "object-detection"),
        *("object2vec", "pca", "randomcutforest", "sagemaker-xgboost", "semantic-segmentation"),
        *("seq2seq", "xgboost"),
    }
)
_REPOSITORY = re.compile(r"^[^/]+\.dkr\.ecr\.[^/]+/(?P<name>[^:@]+)")


_PARAMETER = re.compile(r"Parameters\.(?P<name>.+)")
_STEP = re.compile(r"Steps\.(?P<name>[A-Za-z0-9_-]+)")


def service_problems(definition: dict[str, Any]) -> list[str]:
    """List what the service would refuse when a pipeline is made or a step starts."""
    steps = list(all_steps(definition))
    known = {
        _PARAMETER: {item.get("Name") for item in definition.get("Parameters") or []},
        _STEP: {step.get("Name") for step in steps},
    }
    problems = []
    for step in steps:
        found = (*_name(step), *_metrics(step), *_references(step, known))
        problems += [f"step {step.get('Name')}: {problem}" for problem in dict.fromkeys(found)]
    return problems


def _name(step: dict[str, Any]) -> Iterator[str]:
    if not NAME.fullmatch(str(step.get("Name"))):
        yield f"Name: {NAME_RULE}"


def _metrics(step: dict[str, Any]) -> Iterator[str]:
    """Refuse own metrics on algorithms of SageMaker, as CreateTrainingJob does."""
    algorithm = ("Arguments", "AlgorithmSpecification")
    image = _REPOSITORY.match(str(member_at(step, (*algorithm, "TrainingImage"))))
    metrics = member_at(step, (*algorithm, "MetricDefinitions"))
    if metrics and image and image["name"] in OWN_ALGORITHMS:
        yield (
            "AlgorithmSpecification.MetricDefinitions: SageMaker takes none with"
            f" {image['name']}, an image of its own algorithms; leave them out"
        )


def _references(step: dict[str, Any], known: dict[re.Pattern[str], set[Any]]) -> Iterator[str]:
    for _, expression in walk(without_nested(step)):
        target = str(expression.get("Get", ""))
        for pattern, names in known.items():
            reference = pattern.match(target)
            if reference and reference["name"] not in names:
                kind = "step" if pattern is _STEP else "parameter"
                yield f"{target}: the pipeline has no such {kind}"
