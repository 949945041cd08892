"""The bias sections of ``analysis.json``.

Shape: SageMaker AI developer guide, "Analysis results", "Bias analysis".
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

from pipeline_local.clarify.dataset import column_of
from pipeline_local.clarify.groups import group_of, groups_of
from pipeline_local.clarify.metrics import ALIASES, POST_TRAINING, PRE_TRAINING, Case
from pipeline_local.image_programs.problem import Problem

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    import numpy as np
    import numpy.typing as npt

    from pipeline_local.clarify.dataset import Dataset
    from pipeline_local.clarify.groups import Group
    from pipeline_local.clarify.metrics import Metric
    from pipeline_local.clarify.settings import AnalysisConfig, Facet

    Mask = npt.NDArray[np.bool_]

_SHOWN = 10  # values of a label in a message


def positive_label(config: AnalysisConfig, dataset: Dataset) -> Group:
    """Return the rule for a positive outcome."""
    if dataset.label is None:
        raise Problem("analysis_config.json: label: is needed for bias metrics")
    column = dataset.table[dataset.label]
    return group_of(column, config.positive, "label_values_or_threshold")


def pre_training_bias(config: AnalysisConfig, dataset: Dataset) -> dict[str, Any]:
    """Compute `pre_training_bias_metrics`."""
    return _section(config, dataset, "pre_training_bias", PRE_TRAINING, None)


def post_training_bias(config: AnalysisConfig, dataset: Dataset, predicted: Mask) -> dict[str, Any]:
    """Compute `post_training_bias_metrics`."""
    return _section(config, dataset, "post_training_bias", POST_TRAINING, predicted)


def _selected(method: Any, known: Sequence[Metric], name: str) -> list[Metric]:
    wanted = (method or {}).get("methods", "all")
    names = [wanted] if isinstance(wanted, str) else list(wanted)
    if names == ["all"]:
        return list(known)
    names = [ALIASES.get(item, item) for item in names]
    for item in names:
        if item not in {metric.name for metric in known}:
            choices = ", ".join(metric.name for metric in known)
            raise Problem(f"analysis_config.json: methods.{name}: {item!r} is not one of {choices}")
    return [metric for metric in known if metric.name in names]


def _section(
    config: AnalysisConfig,
    dataset: Dataset,
    method: str,
    known: Sequence[Metric],
    predicted: Mask | None,
) -> dict[str, Any]:
    positive = positive_label(config, dataset)
    observed = _observed(positive, dataset)
    metrics = _selected(config.methods[method], known, method)
    labels = (observed, observed if predicted is None else predicted)
    if not config.facets:
        raise Problem("analysis_config.json: facet: is needed for bias metrics")
    facets: dict[str, Facet] = {}
    for facet in config.facets:
        name = column_of(dataset, facet.column, "facet.name_or_index")
        if name in facets:
            raise Problem(f"analysis_config.json: facet.name_or_index: {name!r} is there twice")
        facets[name] = facet
    return {
        "label": dataset.label,
        "facets": {
            name: [
                {
                    "value_or_threshold": shown,
                    "metrics": [_measured(metric, case) for metric in metrics],
                }
                for shown, case in _cases(config, dataset, name, facet.wanted, labels)
            ]
            for name, facet in facets.items()
        },
        "label_value_or_threshold": positive.shown,
    }


def _observed(positive: Group, dataset: Dataset) -> Mask:
    """Return which observed labels are positive; all or none of them show no bias."""
    labels = dataset.table[dataset.label]
    observed = positive.holds(labels)
    if observed.all() or not observed.any():
        share = "all" if observed.any() else "none"
        values = labels.dropna().unique()
        known = ", ".join(sorted(map(str, values[:_SHOWN]))) + (", …" * (len(values) > _SHOWN))
        raise Problem(
            f"analysis_config.json: label_values_or_threshold: {positive.shown}: holds for {share} "
            f"of the {len(labels)} records; values of label {dataset.label} are {known}"
        )
    return observed


def _cases(
    config: AnalysisConfig,
    dataset: Dataset,
    name: str,
    wanted: Sequence[Any],
    labels: tuple[Mask, Mask],
) -> Iterator[tuple[str, Case]]:
    """Yield the sensitive groups of a facet, each against the rest."""
    table = dataset.table
    strata = None
    if config.group is not None:
        column = column_of(dataset, config.group, "group_variable")
        strata = table[column].astype(str).to_numpy()
    others = table[[column for column in dataset.features if column != name]]
    for group in groups_of(table[name], wanted, "facet.value_or_threshold"):
        members = group.holds(table[name])
        if members.all() or not members.any():
            share = "all" if members.any() else "none"
            raise Problem(
                f"facet {name}: {group.shown}: contains {share} of the {len(members)} records, so "
                "there is nothing to compare"
            )
        yield group.shown, Case(members, *labels, strata, others)


def _measured(metric: Metric, case: Case) -> dict[str, Any]:
    entry: dict[str, Any] = {"name": metric.name, "description": metric.description}
    try:
        value = metric.compute(case)
    except Problem as problem:
        return {**entry, "value": None, "error": str(problem)}
    if math.isinf(value):
        return {**entry, "value": "Infinity" if value > 0 else "-Infinity"}
    return {**entry, "value": value}
