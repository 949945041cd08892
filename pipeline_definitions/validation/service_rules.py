"""What SageMaker refuses although the API's model would take it."""

from __future__ import annotations

import re
from typing import Any

from pipeline_definitions.validation.walking import all_steps

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


def service_problems(definition: dict[str, Any]) -> list[str]:
    """List what the service would refuse when a step starts.

    Parameters
    ----------
    definition : dict
        The definition.

    Returns
    -------
    list of str
        One line a problem: step, field, what is wrong. CreateTrainingJob answers "You can't
        override the metric definitions for Amazon SageMaker algorithms" to a request with an image
        of its own algorithms and `MetricDefinitions`.
    """
    problems = []
    for step in all_steps(definition.get("Steps") or []):
        arguments = step.get("Arguments")
        algorithm = arguments.get("AlgorithmSpecification") if isinstance(arguments, dict) else None
        if not isinstance(algorithm, dict) or not algorithm.get("MetricDefinitions"):
            continue
        image = _REPOSITORY.match(str(algorithm.get("TrainingImage")))
        if image and image["name"] in OWN_ALGORITHMS:
            problems.append(
                f"step {step.get('Name')}: AlgorithmSpecification.MetricDefinitions: SageMaker"
                f" takes none with {image['name']}, an image of its own algorithms; leave them out"
            )
    return problems
