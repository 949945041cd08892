"""Bias metrics of a table small enough to calculate by hand."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import pandas as pd
import pytest

from pipeline_local.clarify.bias import post_training_bias, pre_training_bias
from pipeline_local.clarify.dataset import Dataset
from pipeline_local.clarify.settings import AnalysisConfig, read_config
from pipeline_local.image_programs.problem import Problem

# Rest: 6 records, 4 positive, 3 predicted so. Group: 4 records, 1 positive, 2 predicted so.
TABLE = pd.DataFrame(
    {
        "y": [1, 1, 1, 1, 0, 0, 1, 0, 0, 0],
        "facet": ["a"] * 6 + ["d"] * 4,
        "x": [1.0, 2.0, 3.0, 4.0, 5.0, 6.0, 1.1, 2.1, 5.1, 6.1],
        "stratum": ["u", "u", "u", "v", "v", "v", "u", "u", "v", "v"],
    }
)
PREDICTED = np.array([1, 1, 0, 0, 1, 0, 0, 1, 1, 0], dtype=bool)


def config(**changes: Any) -> AnalysisConfig:
    return read_config(
        {
            "dataset_type": "text/csv",
            "label": "y",
            "label_values_or_threshold": [1],
            "facet": [{"name_or_index": "facet", "value_or_threshold": ["d"]}],
            "group_variable": "stratum",
            "methods": {
                "pre_training_bias": {"methods": "all"},
                "post_training_bias": {"methods": "all"},
            },
            **changes,
        }
    )


def dataset(table: pd.DataFrame = TABLE) -> Dataset:
    return Dataset(table, ["facet", "x"], "y", None)


def values(section: dict[str, Any], facet: str = "facet", group: int = 0) -> dict[str, Any]:
    return {item["name"]: item["value"] for item in section["facets"][facet][group]["metrics"]}


def test_pre_training_metrics() -> None:
    found = values(pre_training_bias(config(), dataset()))
    a, d = 4 / 6, 1 / 4
    p = (a + d) / 2

    def kl(one: float, other: float) -> float:
        return one * math.log(one / other) + (1 - one) * math.log((1 - one) / (1 - other))

    # Stratum u: 4 of 5 accepted, 1 of them d; the rejected one is d. v: 1 accepted, 2 of 4 d.
    cddl = (5 * (1 - 1 / 4) + 5 * (2 / 4 - 0)) / 10
    expected = {
        "CDDL": cddl,
        "CI": 2 / 10,
        "DPL": a - d,
        "JS": (kl(a, p) + kl(d, p)) / 2,
        "KL": kl(a, d),
        "KS": a - d,
        "LP": math.sqrt(2) * (a - d),
        "TVD": a - d,
    }
    assert found == pytest.approx(expected)


def test_post_training_metrics() -> None:
    found = values(post_training_bias(config(), dataset(), PREDICTED))
    # Rest: TP 2, FN 2, FP 1, TN 1. Group: TP 0, FN 1, FP 2, TN 1.
    expected = {
        "AD": 3 / 6 - 1 / 4,
        "DAR": 2 / 3 - 0,
        "DCA": 4 / 3 - 1 / 2,
        "DCR": 3 / 2 - 2 / 3,
        "DI": (2 / 4) / (3 / 6),
        "DPPL": 0,
        "DRR": 1 / 2 - 1 / 3,
        "RD": 2 / 4 - 0,
        "SD": 1 / 3 - 1 / 2,
        "TE": 1 / 2 - 2 / 1,
        # The neighbours of 1.1, 2.1, 5.1, 6.1 are predicted 1, 1, 1, 0; they are 0, 1, 1, 0.
        "FT": 1 / 4,
    }
    assert {name: found[name] for name in expected} == pytest.approx(expected)
    benefit = PREDICTED.astype(int) - TABLE["y"].to_numpy() + 1
    assert found["GE"] == pytest.approx(benefit.var() / benefit.mean() ** 2 / 2)


def test_unbounded_and_undefined_metrics_are_reported() -> None:
    none = post_training_bias(config(group_variable=None), dataset(), TABLE["facet"] == "d")
    found = values(none)
    assert found["DI"] == "Infinity"
    cddpl = next(m for m in none["facets"]["facet"][0]["metrics"] if m["name"] == "CDDPL")
    assert cddpl["value"] is None
    assert "Group variable" in cddpl["error"]
    certain = TABLE.assign(y=[1] * 6 + [0] * 4)
    assert values(pre_training_bias(config(), dataset(certain)))["KL"] == "Infinity"


def test_facets_without_values_are_split_by_value() -> None:
    section = pre_training_bias(config(facet=[{"name_or_index": "facet"}]), dataset())
    assert [item["value_or_threshold"] for item in section["facets"]["facet"]] == ["a", "d"]
    assert values(section, group=0)["CI"] == -values(section, group=1)["CI"]


def test_a_threshold_is_exclusive_and_shown_as_an_interval() -> None:
    facet = [{"name_or_index": "x", "value_or_threshold": [3]}]
    section = pre_training_bias(config(facet=facet), dataset())
    assert section["facets"]["x"][0]["value_or_threshold"] == "(3, 6.1]"
    assert values(section, "x")["CI"] == 0  # 3.0 is not above 3: five and five


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"facet": [{"name_or_index": "z"}]}, "facet.name_or_index: unknown column 'z'"),
        ({"facet": [{"name_or_index": "x"}]}, "facet.value_or_threshold: is needed for column x"),
        (
            {"facet": [{"name_or_index": "facet", "value_or_threshold": ["q"]}]},
            "facet facet: q: holds none of the 10 records",
        ),
        ({"facet": []}, "facet: is needed"),
        ({"label": None}, "label: is needed"),
        ({"label_values_or_threshold": []}, "label_values_or_threshold: is needed for column y"),
        (
            {"methods": {"pre_training_bias": {"methods": ["XX"]}}},
            "methods.pre_training_bias: 'XX' is not one of CDDL, CI",
        ),
    ],
)
def test_misfits_are_named(changes: dict[str, Any], words: str) -> None:
    made = config(**changes)
    given = Dataset(TABLE, ["facet", "x"], "y" if made.label else None, None)
    with pytest.raises(Problem, match=words):
        pre_training_bias(made, given)


@pytest.mark.parametrize(
    ("document", "words"),
    [
        ([], "is not an object"),
        ({"dataset_type": "application/x-image"}, "dataset_type: 'application/x-image' is not"),
        ({"dataset_type": "text/csv"}, "methods: is missing or empty"),
        ({"dataset_type": "text/csv", "methods": {"pdp": {}}}, "methods: 'pdp' is not one of"),
        ({"dataset_type": "text/csv", "segment_config": [1]}, "segment_config: is not supported"),
        (
            {"dataset_type": "text/csv", "methods": {"shap": {"text_config": {"a": 1}}}},
            r"methods\.shap\.text_config: is not supported",
        ),
        (
            {"dataset_type": "application/jsonlines", "methods": {"shap": {}}},
            "content_template: needs",
        ),
    ],
)
def test_unsupported_settings_are_refused(document: Any, words: str) -> None:
    with pytest.raises(Problem, match=words):
        read_config(document)
