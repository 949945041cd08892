"""``analysis_config.json``: the analyses and their settings.

Source: SageMaker AI developer guide, "Analysis configuration files". Columns may be given by index;
unsupported settings are refused, never ignored.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from pipeline_local.image_programs.problem import Problem

PRE_TRAINING, POST_TRAINING, SHAP = "pre_training_bias", "post_training_bias", "shap"
# The interface of a ClarifyCheck step and the analyzer: the folder of what the service would fetch
# (model, code, baseline of SHAP and constraints), and the variable of the framework that serves the
# model.
BESIDE = "/opt/ml/processing/clarify"
FRAMEWORK = "CLARIFY_MODEL_FRAMEWORK"
_METHODS = (PRE_TRAINING, POST_TRAINING, SHAP, "report")
_DATASET_TYPES = ("text/csv", "application/jsonlines", "application/x-parquet")
_CONTENT_TYPES = ("text/csv", "application/jsonlines")
_AGGREGATIONS = ("mean_abs", "median", "mean_sq")
_REFUSED = (
    *("facet_dataset_uri", "predicted_label_dataset_uri", "segment_config"),
    *("time_series_data_config", "dataset_uri"),
)
_REFUSED_SHAP = ("text_config", "image_config", "features_to_explain")
_DEFAULT_THRESHOLD = 0.5


@dataclass(frozen=True)
class Facet:
    """A sensitive column, by name or index, and the values or the threshold of its group."""

    column: str | int
    wanted: tuple[Any, ...] = ()


@dataclass(frozen=True)
class Predictor:
    """The form of the model's requests and answers."""

    content_type: str = "text/csv"
    accept: str = "text/csv"
    content_template: str = ""  # a record of JSON Lines, with $features
    label: str | int | None = None  # an index or a JMESPath expression, as is `probability`
    probability: str | int | None = None
    label_headers: tuple[Any, ...] = ()


@dataclass(frozen=True)
class Shap:
    """Settings of the explanations."""

    baseline: Any = None  # rows, an S3 URI, or None to compute it
    num_samples: int | None = None
    num_clusters: int | None = None  # rows of a computed baseline
    agg_method: str = "mean_abs"
    use_logit: bool = False  # explain scores as log-odds
    save_local: bool = True
    seed: int = 0


@dataclass(frozen=True)
class AnalysisConfig:
    """The whole file."""

    dataset_type: str
    headers: tuple[str, ...] = ()  # empty when the dataset has them
    features: str = ""  # JMESPath of a record's features (JSON Lines)
    label: str | int | None = None
    predicted_label: str | int | None = None
    joinsource: str | int | None = None
    group: str | int | None = None
    positive: tuple[Any, ...] = ()  # `label_values_or_threshold`
    threshold: float | None = None
    facets: tuple[Facet, ...] = ()
    excluded: tuple[str | int, ...] = ()
    methods: dict[str, Any] = field(default_factory=dict)
    predictor: Predictor = field(default_factory=Predictor)
    shap: Shap = field(default_factory=Shap)

    @property
    def cut(self) -> float:
        """Return the probability above which a binary prediction is positive."""
        return _DEFAULT_THRESHOLD if self.threshold is None else self.threshold


def read_config(document: Any) -> AnalysisConfig:
    """Parse the file's content."""
    if not isinstance(document, dict):
        raise Problem("analysis_config.json: is not an object")
    for name in _REFUSED:
        if document.get(name):
            raise Problem(f"analysis_config.json: {name}: is not supported")
    kind = str(document.get("dataset_type", "")).lower()
    _one_of("dataset_type", kind, _DATASET_TYPES)
    methods = document.get("methods")
    if not isinstance(methods, dict) or not methods:
        raise Problem("analysis_config.json: methods: is missing or empty")
    for name in methods:
        _one_of("methods", name, _METHODS)
    threshold = document.get("probability_threshold")
    return AnalysisConfig(
        dataset_type=kind,
        headers=tuple(map(str, _listed(document, "headers"))),
        features=str(document.get("features") or ""),
        label=document.get("label"),
        predicted_label=document.get("predicted_label"),
        joinsource=document.get("joinsource_name_or_index"),
        group=document.get("group_variable"),
        positive=_listed(document, "label_values_or_threshold"),
        threshold=None if threshold is None else float(threshold),
        facets=tuple(map(_facet, _listed(document, "facet"))),
        excluded=_listed(document, "excluded_columns"),
        methods=methods,
        predictor=_predictor(document.get("predictor") or {}, kind),
        shap=_shap(methods.get(SHAP) or {}),
    )


def _listed(item: dict[str, Any], name: str, where: str = "") -> tuple[Any, ...]:
    found = item.get(name)
    if found is not None and not isinstance(found, list):
        raise Problem(f"analysis_config.json: {where}{name}: {found!r} is not a list")
    return tuple(found or ())


def _facet(item: Any) -> Facet:
    if not isinstance(item, dict) or "name_or_index" not in item:
        raise Problem("analysis_config.json: facet: has no name_or_index")
    return Facet(item["name_or_index"], _listed(item, "value_or_threshold", "facet."))


def _predictor(item: dict[str, Any], dataset_type: str) -> Predictor:
    # As on the service, requests have the dataset's form by default.
    usual = dataset_type if dataset_type in _CONTENT_TYPES else "text/csv"
    content = str(item.get("content_type") or usual).lower()
    accept = str(item.get("accept_type") or content).lower()
    _one_of("predictor.content_type", content, _CONTENT_TYPES)
    _one_of("predictor.accept_type", accept, _CONTENT_TYPES)
    template = str(item.get("content_template") or "")
    if content == "application/jsonlines" and "$features" not in template:
        raise Problem("analysis_config.json: predictor.content_template: needs $features")
    headers = item.get("label_headers") or ()
    return Predictor(
        content_type=content,
        accept=accept,
        content_template=template,
        label=item.get("label"),
        probability=item.get("probability"),
        label_headers=(headers,) if isinstance(headers, str) else tuple(headers),
    )


def _shap(item: dict[str, Any]) -> Shap:
    for name in _REFUSED_SHAP:
        if item.get(name):
            raise Problem(f"analysis_config.json: methods.shap.{name}: is not supported")
    method = str(item.get("agg_method") or "mean_abs").lower()
    _one_of("methods.shap.agg_method", method, _AGGREGATIONS)
    return Shap(
        baseline=item.get("baseline"),
        num_samples=item.get("num_samples"),
        num_clusters=item.get("num_clusters"),
        agg_method=method,
        use_logit=bool(item.get("use_logit", False)),
        save_local=bool(item.get("save_local_shap_values", True)),
        seed=int(item.get("seed") or 0),
    )


def _one_of(name: str, value: object, known: tuple[str, ...]) -> None:
    if value not in known:
        raise Problem(f"analysis_config.json: {name}: {value!r} is not one of {', '.join(known)}")
