"""Shapley values against their definition, global values, and drift of attributions."""

from __future__ import annotations

import itertools
import math
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest

from pipeline_local.clarify.dataset import Dataset
from pipeline_local.clarify.explain import explain
from pipeline_local.clarify.predictor import Model
from pipeline_local.clarify.settings import read_config
from pipeline_local.clarify.shap import kernel_shap
from pipeline_local.clarify.violations import find_violations, ndcg
from pipeline_local.image_programs.problem import Problem


def product(table: pd.DataFrame) -> np.ndarray[Any, np.dtype[np.float64]]:
    a, b, c = (table[name].to_numpy(dtype=float) for name in "abc")
    return np.column_stack([a * b + c, a])


def shapley(record: list[float], baseline: list[list[float]]) -> list[float]:
    """Return the values by their definition: the mean gain over all orders of features."""

    def worth(known: set[int]) -> float:
        rows = [[record[i] if i in known else row[i] for i in range(3)] for row in baseline]
        return float(product(pd.DataFrame(rows, columns=list("abc")))[:, 0].mean())

    gains = [0.0] * 3
    for order in itertools.permutations(range(3)):
        for place, feature in enumerate(order):
            before = set(order[:place])
            gains[feature] += (worth(before | {feature}) - worth(before)) / math.factorial(3)
    return gains


def test_kernel_shap_with_all_coalitions_is_exact() -> None:
    records = pd.DataFrame([[2, 3, 4], [1, -1, 0]], columns=list("abc"))
    baseline = [[0.5, 0.0, 1.0], [1.5, 2.0, 0.0]]
    behind = pd.DataFrame(baseline, columns=list("abc"))
    values, expected = kernel_shap(records, behind, product, None, seed=0)
    for place, record in enumerate(records.to_numpy(dtype=float).tolist()):
        assert values[place, :, 0] == pytest.approx(shapley(record, baseline))
        assert values[place, :, 1] == pytest.approx([record[0] - 1, 0, 0])
    assert expected == pytest.approx([2.0, 1.0])
    assert values.sum(axis=1) + expected == pytest.approx(product(records))


def test_kernel_shap_with_some_coalitions_adds_up_and_repeats_itself() -> None:
    random = np.random.default_rng(0)
    names = [f"f{n}" for n in range(12)]
    records = pd.DataFrame(random.normal(size=(3, 12)), columns=names)
    behind = pd.DataFrame(np.zeros((1, 12)), columns=names)
    weights = np.arange(12)

    def score(table: pd.DataFrame) -> np.ndarray[Any, np.dtype[np.float64]]:
        x = table.to_numpy(dtype=float)
        return (x @ weights + x[:, 0] * x[:, 1])[:, None]

    found = [kernel_shap(records, behind, score, 300, seed)[0] for seed in (1, 1, 2)]
    assert np.array_equal(found[0], found[1])
    assert not np.array_equal(found[0], found[2])
    assert found[0].sum(axis=1) == pytest.approx(score(records))
    assert np.allclose(found[0][:, 2:, 0], records.to_numpy()[:, 2:] * weights[2:], atol=0.3)


def test_one_feature_has_all_of_it() -> None:
    records, behind = pd.DataFrame({"a": [3.0]}), pd.DataFrame({"a": [1.0]})
    values, _ = kernel_shap(records, behind, lambda table: table.to_numpy(), None, 0)
    assert values.tolist() == [[[2.0]]]


def explained(shap: dict[str, Any], answer: Any = None) -> Any:
    table = pd.DataFrame({"a": [0.2, 0.6, 0.9, 0.3], "c": ["u", "v", "v", "v"]})

    def first_cell(body: bytes, _content_type: str, accept: str) -> tuple[bytes, str]:
        return b"\n".join(line.split(b",")[0] for line in body.splitlines()), accept

    document = {"dataset_type": "text/csv", "methods": {"shap": shap}}
    model = Model(answer or first_cell, algorithm=False, folder=Path())
    return explain(read_config(document), Dataset(table, ["a", "c"], None, None), model, Path("-"))


def test_without_a_baseline_the_middle_of_the_data_is_used() -> None:
    found = explained({"agg_method": "median"})
    assert found.files["explanations_shap/baseline.csv"] == "0.5,v\n"
    label = found.section["kernel_shap"]["label0"]
    assert label["expected_value"] == 0.5
    assert label["global_shap_values"] == pytest.approx({"a": -0.05, "c": 0.0})
    two = explained({"num_clusters": 2, "save_local_shap_values": False})
    assert list(two.files) == ["explanations_shap/baseline.csv"]
    assert len(two.files["explanations_shap/baseline.csv"].splitlines()) == 2


def test_scores_are_explained_as_log_odds_where_asked() -> None:
    found = explained({"use_logit": True, "baseline": [[0.5, "u"]]})
    label = found.section["kernel_shap"]["label0"]
    assert label["expected_value"] == pytest.approx(0)
    odds = [abs(math.log(x / (1 - x))) for x in (0.2, 0.6, 0.9, 0.3)]
    assert label["global_shap_values"]["a"] == pytest.approx(sum(odds) / 4)
    assert found.files["explanations_shap/out.csv"].splitlines()[0] == "a_label0,c_label0"


@pytest.mark.parametrize(
    ("baseline", "words"),
    [
        ([[1]], "1 values, where the model is given 2 features: a, c"),
        ({"a": 1}, "is not a list of rows"),
        ("s3://nowhere/b.csv", "s3://nowhere/b.csv does not exist"),
    ],
)
def test_a_baseline_must_fit(baseline: Any, words: str) -> None:
    with pytest.raises(Problem, match=words):
        explained({"baseline": baseline})


def test_ndcg_of_the_developer_guides_example() -> None:
    before = {"SAT score": 0.70, "GPA": 0.50, "Class rank": 0.05}
    after = {"SAT score": 0.10, "GPA": 0.20, "Class rank": 0.70}
    assert ndcg(before, after) == pytest.approx(0.69, abs=0.005)
    assert ndcg(before, before) == 1
    assert ndcg({"a": 0.0}, {"a": 1.0}) == 1


def bias(**metrics: Any) -> dict[str, Any]:
    listed = [{"name": name, "value": value} for name, value in metrics.items()]
    facets = {"sex": [{"value_or_threshold": "1", "metrics": listed}]}
    return {"post_training_bias_metrics": {"facets": facets}}


@pytest.mark.parametrize(
    ("before", "now", "violated"),
    [
        ({"DPPL": 0.2}, {"DPPL": 0.1}, []),
        ({"DPPL": 0.2}, {"DPPL": -0.3}, ["DPPL"]),
        ({"DI": 0.8}, {"DI": 1.1}, []),
        ({"DI": 0.8}, {"DI": "Infinity"}, ["DI"]),
        ({"TE": "Infinity"}, {"TE": "Infinity"}, []),
        ({"AD": None}, {"AD": 1.0}, []),
        ({"RD": 0.1}, {"RD": 0.1, "AD": 9}, []),
    ],
)
def test_a_metric_farther_from_fair_is_a_violation(
    before: dict[str, Any], now: dict[str, Any], violated: list[str]
) -> None:
    found = find_violations(bias(**now), bias(**before))
    assert [item["metric_name"] for item in found] == violated
