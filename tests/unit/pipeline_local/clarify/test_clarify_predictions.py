"""Datasets, requests to models, and the meaning of their answers."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import pandas as pd
import pytest

from pipeline_local.clarify.dataset import read_dataset
from pipeline_local.clarify.groups import group_of, is_continuous
from pipeline_local.clarify.predictor import Model, ask, positives_of, scores_of
from pipeline_local.clarify.settings import AnalysisConfig, Predictor, read_config
from pipeline_local.image_programs.problem import Problem

if TYPE_CHECKING:
    from collections.abc import Callable

SHAP = {"methods": {"shap": {}}}


def model(answer: Callable[[bytes, str, str], bytes]) -> Model:
    return Model(lambda *request: (answer(*request), request[2]), algorithm=False, folder=Path())


def config(kind: str = "text/csv", **changes: Any) -> AnalysisConfig:
    return read_config({"dataset_type": kind, **SHAP, **changes})


def test_csv_with_and_without_names(tmp_path: Path) -> None:
    (tmp_path / "b.csv").write_text("1,2,3\n")
    (tmp_path / "a.csv").write_text("id,y,x\n4,5,6\n")
    (tmp_path / "empty.csv").write_text("")
    found = read_dataset(
        config(headers=["id", "y", "x"], label="y", joinsource_name_or_index=0), tmp_path
    )
    assert found.table.to_numpy().tolist() == [[4, 5, 6], [1, 2, 3]]
    assert (found.features, found.label) == (["x"], "y")
    (tmp_path / "b.csv").unlink()
    named = read_dataset(config(label=1, excluded_columns=["id"]), tmp_path)
    assert (named.features, named.label) == (["x"], "y")
    with pytest.raises(Problem, match=r"a\.csv: not readable as text/csv: 3 columns, where"):
        read_dataset(config(headers=["id", "y"]), tmp_path)
    with pytest.raises(Problem, match="the dataset is empty"):
        read_dataset(config(), tmp_path / "nothing")


def test_json_lines_and_parquet(tmp_path: Path) -> None:
    lines = '{"f": [1, "u"], "l": {"y": 0}}\n\n{"f": [2, "v"], "l": {"y": 1}}\n'
    (tmp_path / "a.jsonl").write_text(lines)
    shared: dict[str, Any] = {"features": "f", "label": "l.y", "headers": ["n", "c"]}
    ready = {"content_template": "$features"}
    found = read_dataset(config("application/jsonlines", predictor=ready, **shared), tmp_path)
    assert found.table.to_dict("list") == {"n": [1, 2], "c": ["u", "v"], "label": [0, 1]}
    assert (found.features, found.label) == (["n", "c"], "label")
    wrong = config("application/jsonlines", predictor=ready, **{**shared, "features": "g"})
    with pytest.raises(Problem, match="features 'g' is not a list"):
        read_dataset(wrong, tmp_path)
    (tmp_path / "a.jsonl").unlink()
    pd.DataFrame({"y": [1], "x": [2]}).to_parquet(tmp_path / "a.parquet")
    found = read_dataset(config("application/x-parquet", label="y"), tmp_path)
    assert found.features == ["x"]


def test_numbers_are_categories_or_measured() -> None:
    assert is_continuous(pd.Series([1.5, 2.5, 3.5]))
    assert is_continuous(pd.Series(range(40)))
    assert not is_continuous(pd.Series([0, 1] * 5))
    assert not is_continuous(pd.Series([1, 2, 3] * 40))
    assert not is_continuous(pd.Series(["1", "2", "3"]))
    with pytest.raises(Problem, match="'old' is not a threshold"):
        group_of(pd.Series(range(40), name="age"), ["old"], "facet")


def test_models_are_asked_in_their_own_form() -> None:
    table = pd.DataFrame({"a": [1, 2], "b": ["x", "y"]})
    seen: list[tuple[bytes, str, str]] = []

    def answer(*request: Any) -> bytes:
        seen.append(request)
        return b'{"p": [0.25, 0.75]}\n{"p": [0.5, 0.5]}\n'

    lines = "application/jsonlines"
    jsonl = Predictor(lines, lines, '{"features": $features}', probability="p")
    answers = ask(model(answer), jsonl, table)
    assert seen == [(b'{"features": [1, "x"]}\n{"features": [2, "y"]}', lines, lines)]
    assert scores_of(jsonl, answers).tolist() == [[0.25, 0.75], [0.5, 0.5]]
    csv = ask(model(lambda body, *_: body), Predictor(), table)
    assert csv == [["1", "x"], ["2", "y"]]
    assert scores_of(Predictor(label=0), csv).tolist() == [[1], [2]]
    with pytest.raises(Problem, match="is not a score"):
        scores_of(Predictor(label=1), csv)
    with pytest.raises(Problem, match="has no index 5"):
        scores_of(Predictor(label=5), csv)
    with pytest.raises(Problem, match="1 answers to 2 records"):
        ask(model(lambda *_: b"1"), Predictor(), table)


@pytest.mark.parametrize(
    ("labels", "wanted", "predictor", "threshold", "answers", "expected"),
    [
        # A probability, cut at 0.5 or elsewhere; of label 1 also when 0 is the positive one.
        ([0, 1], [1], {}, None, [["0.7"], ["0.4"]], [True, False]),
        ([0, 1], [1], {}, 0.3, [["0.7"], ["0.4"]], [True, True]),
        ([0, 1], [0], {}, None, [["0.7"], ["0.4"]], [False, True]),
        (
            ["no", "yes"],
            ["yes"],
            {"label_headers": ["yes"]},
            0.5,
            [["0.7"], ["0.4"]],
            [True, False],
        ),
        # The label itself, alone or beside its probability.
        (["no", "yes"], ["yes"], {}, None, [["yes"], ["no"]], [True, False]),
        ([0, 1], [1], {"label": 0}, None, [["0", "0.1"], ["1", "0.9"]], [False, True]),
        # Several scores: the likeliest label.
        (
            ["cat", "dog", "fish"],
            ["dog", "fish"],
            {"label_headers": ["cat", "dog", "fish"]},
            None,
            [["0.4", "0.35", "0.25"], ["0.1", "0.1", "0.8"]],
            [False, True],
        ),
        (
            ["cat", "fish"],
            ["fish"],
            {"label": "l", "probability": "p"},
            None,
            [{"l": ["cat", "fish"], "p": [0.1, 0.9]}, {"l": ["cat", "fish"], "p": [0.6, 0.4]}],
            [True, False],
        ),
        # A score against the label's threshold.
        ([0.5 * n for n in range(30)], [7], {}, None, [["7.0"], ["7.1"]], [False, True]),
    ],
)
def test_forms_of_answers_are_distinguished(  # noqa: PLR0917
    labels: list[Any],
    wanted: list[Any],
    predictor: dict[str, Any],
    threshold: float | None,
    answers: list[Any],
    expected: list[bool],
) -> None:
    column = pd.Series(labels, name="y")
    made = config(predictor=predictor, probability_threshold=threshold)
    positive = group_of(column, wanted, "label_values_or_threshold")
    assert positives_of(made, answers, column, positive).tolist() == expected
