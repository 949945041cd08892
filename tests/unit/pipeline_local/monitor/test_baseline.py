"""Files of a baseline job, in Model Monitor's documented form."""

from __future__ import annotations

import io
import json
from typing import TYPE_CHECKING

import polars as pl
import pytest

from pipeline_local.monitor.constraints import suggested_completeness

if TYPE_CHECKING:
    from tests.unit.pipeline_local.monitor.conftest import Job

CSV = "sex,length,rings,empty\nM,0.5,7,\nF,0.25,9,\nM,,11,\nF,1.0,9,\n"


def test_statistics_follow_the_schema_and_are_right(job: Job) -> None:
    job.write(CSV)
    assert job.run() == "Completed: Job completed successfully."
    assert job.result("statistics.json") == {
        "version": 0.0,
        "dataset": {"item_count": 4},
        "features": [
            {
                "name": "sex",
                "inferred_type": "String",
                "string_statistics": {
                    "common": {"num_present": 4, "num_missing": 0},
                    "distinct_count": 2.0,
                    "distribution": {
                        "categorical": {
                            "buckets": [{"value": "F", "count": 2}, {"value": "M", "count": 2}]
                        }
                    },
                },
            },
            {
                "name": "length",
                "inferred_type": "Fractional",
                "numerical_statistics": {
                    "common": {"num_present": 3, "num_missing": 1},
                    "mean": pytest.approx(1.75 / 3),
                    "sum": 1.75,
                    "std_dev": pytest.approx(0.31180478),
                    "min": 0.25,
                    "max": 1.0,
                    "distribution": {
                        "kll": {
                            "buckets": [
                                {
                                    "lower_bound": pytest.approx(0.25 + 0.075 * index),
                                    "upper_bound": pytest.approx(0.325 + 0.075 * index),
                                    "count": {0: 1.0, 3: 1.0, 9: 1.0}.get(index, 0.0),
                                }
                                for index in range(10)
                            ],
                            "sketch": {
                                "parameters": {"c": 0.64, "k": 2048.0},
                                "data": [[0.25, 0.5, 1.0]],
                            },
                        }
                    },
                },
            },
            {
                "name": "rings",
                "inferred_type": "Integral",
                "numerical_statistics": {
                    "common": {"num_present": 4, "num_missing": 0},
                    "mean": 9.0,
                    "sum": 36.0,
                    "std_dev": pytest.approx(2**0.5),
                    "min": 7.0,
                    "max": 11.0,
                    "distribution": job.feature("statistics.json", "rings")["numerical_statistics"][
                        "distribution"
                    ],
                },
            },
            {
                "name": "empty",
                "inferred_type": "Unknown",
                "string_statistics": {
                    "common": {"num_present": 0, "num_missing": 4},
                    "distinct_count": 0.0,
                },
            },
        ],
    }


def test_constraints_follow_the_schema(job: Job) -> None:
    job.write(CSV)
    job.run(categorical_drift_method="ChiSquared")
    assert job.result("constraints.json") == {
        "version": 0.0,
        "features": [
            {
                "name": "sex",
                "inferred_type": "String",
                "completeness": 1.0,
                "string_constraints": {"domains": ["F", "M"]},
            },
            {
                "name": "length",
                "inferred_type": "Fractional",
                "completeness": 0.32,
                "num_constraints": {"is_non_negative": True},
            },
            {
                "name": "rings",
                "inferred_type": "Integral",
                "completeness": 1.0,
                "num_constraints": {"is_non_negative": True},
            },
            {"name": "empty", "inferred_type": "Unknown", "completeness": 0.0},
        ],
        "monitoring_config": {
            "evaluate_constraints": "Enabled",
            "emit_metrics": "Enabled",
            "datatype_check_threshold": 1.0,
            "domain_content_threshold": 1.0,
            "distribution_constraints": {
                "perform_comparison": "Enabled",
                "comparison_threshold": 0.1,
                "comparison_method": "Robust",
                "categorical_comparison_threshold": 0.1,
                "categorical_drift_method": "ChiSquared",
            },
        },
    }
    assert not (job.path("/opt/ml/processing/output") / "constraint_violations.json").exists()


@pytest.mark.parametrize(
    ("values", "expected"),
    [
        (["1", "-2", "+3", " 4 ", "99999999999999999999"], "Integral"),
        (["1", "2.5"], "Fractional"),
        (["1e-3", ".5", "5.", "-1E4"], "Fractional"),
        (["1", "", "nan", "NaN"], "Integral"),
        (["1", "x"], "String"),
        (["1", "inf"], "String"),
        (["0x10", "1_000"], "String"),
        (["true", "false"], "String"),
        (["", ""], "Unknown"),
    ],
)
def test_types_are_inferred_from_text(job: Job, values: list[str], expected: str) -> None:
    job.write("a,b\n" + "".join(f'"{value}",k\n' for value in values))
    job.run()
    assert job.feature("statistics.json", "a")["inferred_type"] == expected


@pytest.mark.parametrize(
    ("present", "rows", "expected"),
    [(10, 10, 1.0), (0, 10, 0.0), (3600, 4000, 0.89), (999, 1000, 0.99), (1, 3, 0.0)],
)
def test_completeness_allows_for_the_sample(present: int, rows: int, expected: float) -> None:
    assert suggested_completeness(present, rows) == expected


def test_identifiers_and_free_text_have_no_domain(job: Job) -> None:
    rows = "".join(f"id-{index},{'ab'[index % 2]}\n" for index in range(500))
    job.write("id,kind\n" + rows)
    job.run()
    assert "string_constraints" not in job.feature("constraints.json", "id")
    assert job.feature("constraints.json", "kind")["string_constraints"]["domains"] == ["a", "b"]
    statistics = job.feature("statistics.json", "id")["string_statistics"]
    assert statistics["distinct_count"] == 500
    assert len(statistics["distribution"]["categorical"]["buckets"]) == 100


def test_a_negative_column_is_not_called_non_negative(job: Job) -> None:
    job.write("a\n-0.5\n1\n")
    job.run()
    assert job.feature("constraints.json", "a")["num_constraints"] == {"is_non_negative": False}


def test_without_a_header_columns_are_numbered(job: Job) -> None:
    job.write("M,1\nF,2\n")
    job.run(dataset_format='{"csv": {"header": false, "output_columns_position": "START"}}')
    names = [feature["name"] for feature in job.result("statistics.json")["features"]]
    assert names == ["_c0", "_c1"]
    assert job.result("statistics.json")["dataset"]["item_count"] == 2


def test_all_files_of_the_folder_are_one_dataset(job: Job) -> None:
    job.write("a,b\n1,x\n", "part-0.csv")
    job.write("b,a\ny,2\n", "deeper/part-1.csv")
    job.write("", "_SUCCESS")
    job.write("rubbish", ".hidden")
    job.run()
    assert job.result("statistics.json")["dataset"]["item_count"] == 2
    assert job.feature("statistics.json", "a")["numerical_statistics"]["sum"] == 3.0


def test_json_lines_json_and_parquet_give_the_same_as_csv(job: Job) -> None:
    rows = [{"sex": "M", "length": 0.5, "rings": 7}, {"sex": "F", "length": None, "rings": 9}]
    results = []
    parquet = io.BytesIO()
    pl.DataFrame(rows).write_parquet(parquet)
    for name, content, form in [
        ("a.csv", b"sex,length,rings\nM,0.5,7\nF,,9\n", '{"csv": {"header": true}}'),
        ("a.jsonl", "\n".join(map(json.dumps, rows)).encode(), '{"json": {"lines": true}}'),
        ("a.json", json.dumps(rows).encode(), '{"json": {"lines": false}}'),
        ("a.parquet", parquet.getvalue(), '{"parquet": {}}'),
    ]:
        job.write(content, name)
        job.run(dataset_format=form)
        results.append([job.result("statistics.json"), job.result("constraints.json")])
        (job.path("/opt/ml/processing/input/baseline_dataset_input") / name).unlink()
    assert results[1:] == results[:1] * 3


def test_numbers_whose_sum_overflows_are_still_json(job: Job) -> None:
    job.write("a\n1e308\n1e308\n-1e308\n1e308\n")
    job.run()
    statistics = job.feature("statistics.json", "a")["numerical_statistics"]
    assert statistics["mean"] == pytest.approx(5e307)
    assert sum(b["count"] for b in statistics["distribution"]["kll"]["buckets"]) == 4


def test_metrics_are_written_when_asked_for(job: Job) -> None:
    job.write(CSV)
    job.run(
        publish_cloudwatch_metrics="Enabled",
        end_time="2026-11-23T00:00:00Z",
        sagemaker_monitoring_schedule_name="nightly",
    )
    text = job.path("/opt/ml/output/metrics/cloudwatch/cloudwatch_metrics.jsonl").read_text()
    metrics = {metric["MetricName"]: metric for metric in map(json.loads, text.splitlines())}
    assert metrics["feature_non_null_length"] == {
        "MetricName": "feature_non_null_length",
        "Timestamp": "2026-11-23T00:00:00Z",
        "Dimensions": [{"Name": "MonitoringSchedule", "Value": "nightly"}],
        "Value": 0.75,
    }
    assert metrics["feature_data_rings"]["StatisticValues"] == {
        "Maximum": 11.0,
        "Minimum": 7.0,
        "SampleCount": 4,
        "Sum": 36.0,
    }
