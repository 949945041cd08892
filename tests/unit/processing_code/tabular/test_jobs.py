"""The jobs of a table's problem, from its rows to the figures of late truths."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest

from pipeline_definitions.tabular import Problem, project
from tests.unit.processing_code.tabular.problems import rows_of, schema_of, trained

if TYPE_CHECKING:
    from tests.unit.processing_code.tabular.problems import Make


@pytest.mark.parametrize(
    ("problem", "figure", "watched"),
    [
        ("regression", ("regression_metrics", "r2", 0.9), ("regression", "mse")),
        ("quantile", ("regression_metrics", "share_below", 0.6), ("regression", "mae")),
        ("binary", ("binary_classification_metrics", "auc", 0.9), ("binary_classification", "auc")),
        (
            "multiclass",
            ("multiclass_classification_metrics", "accuracy", 0.8),
            ("multiclass_classification", "accuracy"),
        ),
    ],
)
def test_each_kind_of_problem_from_rows_to_late_truths(
    make: Make, problem: str, figure: tuple[str, str, float], watched: tuple[str, str]
) -> None:
    run = make(schema_of(problem))
    report = trained(run, problem)
    group, name, least = figure
    assert least < report[group][name]["value"] <= 1
    assert report["gate"]["skill"] > 0.4
    within = report.get("prediction_interval", {}).get("coverage", 0.9)
    assert 0.8 <= within <= 1
    assert report["champion"] == {
        "present": False,
        "comparable": False,
        "model_package_arn": "",
        "loss": 0.0,
    }
    later = rows_of(problem, 40, seed=7)
    run.deliver(batch=later.drop(columns="price").to_csv(index=False))
    assert run.number() == 0
    assert run.score() == 0
    scored = run.scored()
    assert scored["id"].tolist() == later["key"].tolist()
    for table in project(Problem("houses", run.problem)).tables:
        assert run.types(table.folder) == table.columns
    run.deliver(truth=later[["key", "price"]].iloc[:30].to_csv(index=False))
    assert run.join() == 0
    assert run.message == "30 of 30 truths belong to a prediction of this model"
    assert run.measure(*watched, 0.5, 0.7) == 0
    excess = run.read("report/figures.json")["publish"]
    assert f'"ModelQuality{watched[1].capitalize()}":' in excess
    assert '"ModelQualityLimitExcess":' in excess


def test_the_result_does_not_depend_on_files_and_their_order(make: Make) -> None:
    run = make(schema_of("regression"))
    rows = rows_of("regression")
    found = []
    for files in (
        {"rows": rows.to_csv(index=False)},
        {"b": rows[:99].to_csv(index=False), "a": rows[99:].sample(frac=1).to_csv(index=False)},
        {"rows": rows.iloc[:, ::-1].rename(columns=str.upper).to_csv(index=False, sep=";")},
    ):
        run.deliver(**files)
        assert run.prepare() == 0
        found.append([run.output(f"{each}/{each}.csv").read_bytes() for each in ("train", "test")])
    assert found[0] == found[1] == found[2]


def test_a_row_is_a_test_row_whatever_stands_around_it(make: Make) -> None:
    run = make(schema_of("regression"))
    rows = rows_of("regression")
    tests = []
    for part in (rows, rows[:150]):
        run.deliver(rows=part.to_csv(index=False))
        assert run.prepare() == 0
        tests.append({*(run.output("test/test.csv")).read_text().splitlines()})
    assert tests[1] < tests[0]


def test_bad_rows_are_set_aside_with_reasons_and_too_many_end_the_job(make: Make) -> None:
    run = make(schema_of("regression"))
    rows = rows_of("regression").astype(object)
    rows.loc[0, "size"], rows.loc[1, "size"], rows.loc[2, "colour"] = "-1", "1,5", "pink"
    rows.loc[3, "sold"], rows.loc[4, "price"] = "31/12/2026", ""
    run.deliver(rows=rows.to_csv(index=False) + "one,field\n")
    assert run.prepare() == 0
    report = run.read("report/data_report.json")
    assert report["rows"]["reasons"] == {
        "broken_row": 1,
        "missing": 1,
        "not_a_date": 1,
        "not_a_number": 1,
        "out_of_range": 1,
        "unknown_level": 1,
    }
    assert run.prepare("--set-aside-limit", "0.01") == 1
    assert "6 of 301 rows (1.99%) cannot be used, more than the limit of 1.00%" in run.message
    assert "write a decimal point" in run.message


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("1,2,blue,2026-01-01,5\n", "has no line that names its columns"),
        ("size,weight,colour,sold\n1,2,blue,2026-01-01\n", "there is no column price"),
        ("size,weight,colour,sold,price\n", "have no rows"),
        ("size,size,colour,sold,price\n1,2,blue,2026-01-01,3\n", "names a column twice"),
    ],
)
def test_files_that_are_not_understood_are_refused(make: Make, text: str, why: str) -> None:
    run = make(schema_of("regression"))
    run.deliver(rows=text)
    assert run.prepare() == 1
    assert why in run.message


def test_the_champion_is_asked_for_the_same_rows(make: Make) -> None:
    run = make(schema_of("regression"))
    trained(run, "regression")
    run.crown()
    assert run.evaluate(alone=True) == 0
    gate = run.read("evaluation/evaluation.json")["gate"]
    assert gate["loss_above_champion"] == 0
    assert gate["loss_beyond_allowed"] == -gate["loss_allowed"] < 0
    assert gate["smallest_detectable_loss"] == gate["loss_allowed"]  # no row says otherwise
    assert run.train("--estimator", "linear", "--ridge__alpha", "1e6") == 0
    assert run.evaluate() == 0
    assert run.read("evaluation/evaluation.json")["gate"]["loss_beyond_allowed"] > 0
    other = schema_of("quantile")
    run = make(other)
    assert trained(run, "quantile")["champion"]["comparable"] is False
    assert "another schema than the champion" in run.message


def test_a_problem_replaces_features_and_estimator(make: Make) -> None:
    parts = (
        "from sklearn.dummy import DummyRegressor\n"
        "def features(frame):\n    return frame.assign(ratio=frame['weight'] / frame['size'])\n"
        "def estimator(schema, settings):\n    return DummyRegressor(**settings)\n"
    )
    run = make(schema_of("regression"), parts)
    report = trained(run, "regression", "--strategy", "median")
    assert abs(report["gate"]["skill"]) < 0.1
    training = json.loads((run.root / "model/training_report.json").read_text())
    assert training["estimator"] == "parts.py"
    assert "ratio" in training["features"]


@pytest.mark.parametrize(
    ("settings", "why"),
    [
        (["--estimator", "oracle"], "is one of hist_gradient_boosting"),
        (["--estimator", "linear", "--depth", "3"], "linear has no setting depth"),
        (["--estimator", "linear", "3"], "settings are --NAME VALUE"),
    ],
)
def test_wrong_settings_are_named(make: Make, settings: list[str], why: str) -> None:
    run = make(schema_of("regression"))
    run.deliver(rows=rows_of("regression").to_csv(index=False))
    assert run.prepare() == 0
    assert run.train(*settings) == 1
    assert why in run.message


def test_a_batch_sets_doubtful_ids_aside_and_is_scored_once(make: Make) -> None:
    run = make(schema_of("regression"))
    trained(run, "regression")
    rows = rows_of("regression", 40, seed=7).drop(columns="price")
    rows.loc[3, "key"], rows.loc[5, "key"] = "", "k4"
    run.deliver(batch=rows.to_csv(index=False))
    assert run.number() == 0
    assert run.read("report/batch.json")["rows"] == {
        "read": 40,
        "good": 38,
        "set_aside": 2,
        "reasons": {"duplicate_id": 1, "missing_id": 1},
    }
    assert run.score() == 0
    assert len(run.scored()) == 38
    assert run.number() == 0
    assert run.read("report/batch.json")["batch"]["seen"] == 1
    run.deliver(batch=rows.drop(columns="size").to_csv(index=False))
    assert run.number() == 1
    assert (
        "40 of 40 rows (100.00%) cannot be used: 40 rows such as row 1: there is no column size"
        in run.message
    )


def test_the_gate_speaks_of_an_approved_model_only_where_there_is_one(make: Make) -> None:
    run = make(schema_of("regression"))
    first = trained(run, "regression")["gate"]["summary"]
    assert first == "there is no approved model to compare with"
    run.crown()
    assert run.evaluate() == 0
    beside = run.read("evaluation/evaluation.json")["gate"]["summary"]
    assert beside.startswith("its loss is for certain (at 1%)")
