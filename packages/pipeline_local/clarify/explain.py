"""The explanations of ``analysis.json``, and the local values beside it.

Shape: SageMaker AI developer guide, "Analysis results", "SHAP analysis". A model of the built-in
XGBoost algorithm is explained by TreeSHAP, exactly and in the units of its margin, unless a
baseline is baseline: Kernel SHAP then measures against that baseline, as on the service.
"""

from __future__ import annotations

import io
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from pipeline_local.clarify import shap
from pipeline_local.clarify.predictor import ask, scores_of
from pipeline_local.image_programs.payloads import load_booster
from pipeline_local.image_programs.problem import Problem

if TYPE_CHECKING:
    from pathlib import Path

    import numpy as np
    import numpy.typing as npt
    import pandas as pd

    from pipeline_local.clarify.dataset import Dataset
    from pipeline_local.clarify.predictor import Model
    from pipeline_local.clarify.settings import AnalysisConfig

    Array = npt.NDArray[np.float64]

_ALMOST = 1e-12


@dataclass(frozen=True)
class Explanation:
    """The result: the section `explanations` of ``analysis.json``, and local values by file."""

    section: dict[str, Any]
    files: dict[str, str]
    method: str


def explain(
    config: AnalysisConfig, dataset: Dataset, model: Model, baseline_folder: Path
) -> Explanation:
    """Explain the model's predictions; a baseline baseline as S3 URI is in `baseline_folder`."""
    table = dataset.table[dataset.features]
    settings = config.shap
    files: dict[str, str] = {}
    if model.algorithm and settings.baseline is None and settings.num_clusters is None:
        values, expected = shap.tree_shap(load_booster(model.folder), _numeric(table))
        method = "TreeSHAP of the booster, in the units of its margin"
    else:
        baseline = _baseline(config, table, baseline_folder)
        if settings.baseline is None:
            files["explanations_shap/baseline.csv"] = baseline.to_csv(index=False, header=False)

        def score(asked: pd.DataFrame) -> Array:
            found = scores_of(config.predictor, ask(model, config.predictor, asked))
            return _logit(found) if settings.use_logit else found

        values, expected = shap.kernel_shap(
            table, baseline, score, settings.num_samples, settings.seed
        )
        method = f"Kernel SHAP against {len(baseline)} baseline rows"
    labels = _labels(config, values.shape[2])
    if settings.save_local:
        files["explanations_shap/out.csv"] = _local(values, dataset.features, labels)
    section = {
        label: {
            "global_shap_values": dict(
                zip(
                    dataset.features,
                    _aggregated(values[:, :, place], settings.agg_method),
                    strict=True,
                )
            ),
            "expected_value": float(expected[place]),
        }
        for place, label in enumerate(labels)
    }
    return Explanation({"kernel_shap": section}, files, method)


def _numeric(table: pd.DataFrame) -> pd.DataFrame:
    try:
        return table.astype("float32")
    except ValueError as error:
        raise Problem(f"the features are not numbers: {error}") from None


def _baseline(config: AnalysisConfig, table: pd.DataFrame, folder: Path) -> pd.DataFrame:
    import pandas as pd

    baseline = config.shap.baseline
    if baseline is None:
        return _clusters(table, config.shap.num_clusters or 1, config.shap.seed)
    if isinstance(baseline, str):
        files = sorted(path for path in folder.rglob("*") if path.is_file())
        if not files:
            raise Problem(f"analysis_config.json: methods.shap.baseline: {baseline} does not exist")
        text = "\n".join(path.read_text().strip() for path in files)
        rows = pd.read_csv(io.StringIO(text), header=None)
    elif isinstance(baseline, list) and all(isinstance(row, list) for row in baseline):
        rows = pd.DataFrame(baseline)
    else:
        raise Problem("analysis_config.json: methods.shap.baseline: is not a list of rows")
    if rows.shape[1] != table.shape[1]:
        raise Problem(
            f"analysis_config.json: methods.shap.baseline: {rows.shape[1]} values, where the model "
            f"is given {table.shape[1]} features: {', '.join(table.columns)}"
        )
    return rows.set_axis(table.columns, axis=1)


def _clusters(table: pd.DataFrame, count: int, seed: int) -> pd.DataFrame:
    """Return the centres of clusters of the numbers, with the commonest of the other values."""
    import pandas as pd

    numbers = table.select_dtypes("number")
    labels = pd.Series(0, index=table.index)
    if count > 1 and numbers.shape[1]:
        from sklearn.cluster import KMeans  # type: ignore[import-untyped]

        filled = numbers.fillna(numbers.mean())
        spread = filled.std().replace(0, 1).fillna(1)
        found = KMeans(min(count, len(table)), random_state=seed, n_init=1).fit_predict(
            (filled - filled.mean()) / spread
        )
        labels = pd.Series(found, index=table.index)
    centres = []
    for _, part in table.groupby(labels):
        centres.append(
            {
                name: float(part[name].mean()) if name in numbers else part[name].mode().iloc[0]
                for name in table.columns
            }
        )
    return pd.DataFrame(centres, columns=table.columns)


def _logit(scores: Array) -> Array:
    import numpy as np

    inside = np.clip(scores, _ALMOST, 1 - _ALMOST)
    return np.log(inside / (1 - inside))


def _labels(config: AnalysisConfig, count: int) -> list[str]:
    headers = list(map(str, config.predictor.label_headers))
    return headers if len(headers) == count else [f"label{place}" for place in range(count)]


def _aggregated(values: Array, method: str) -> list[float]:
    import numpy as np

    if method == "median":
        return [float(value) for value in np.median(values, axis=0)]
    powers = np.abs(values) if method == "mean_abs" else values**2
    return [float(value) for value in powers.mean(axis=0)]


def _local(values: Array, features: list[str], labels: list[str]) -> str:
    import pandas as pd

    names = [f"{name}_{label}" for label in labels for name in features]
    flat = values.swapaxes(1, 2).reshape(len(values), -1)
    return str(pd.DataFrame(flat, columns=names).to_csv(index=False))
