"""A batch by a query scores the same rows as a batch by files: Athena, Redshift, and once only."""

from __future__ import annotations

import json
import shlex
from datetime import date
from typing import TYPE_CHECKING, Any

import boto3
import polars as pl
import pytest
import yaml

from tests.template.querying import QUERIES

if TYPE_CHECKING:
    from pathlib import Path

    from tests.e2e.conftest import Tree

NAMES = (
    *("sex", "length", "diameter", "height", "whole_weight", "shucked_weight"),
    *("viscera_weight", "shell_weight", "rings"),
)
COLUMNS = ", ".join(NAMES[:-1])
# The rows with an odd number, in each service's own words.
STATEMENTS = {
    "athena": (
        "SELECT concat('a-', cast(n AS varchar)) AS id, COLUMNS FROM abalone "
        "WHERE n / 2 * 2 < n AND day = date_parse('2026-11-25', '%Y-%m-%d')"
    ),
    "redshift": (
        "SELECT 'a-' || n::varchar AS id, COLUMNS FROM abalone "
        "WHERE mod(n, 2) = 1 AND day = to_date('25.11.2026', 'DD.MM.YYYY')"
    ),
}


def _ask(tree: Tree, service: str | None) -> None:
    """Write into the environment's file that batches come from a query, or from files."""
    file = tree.root / "environments" / "dev.yaml"
    content = yaml.safe_load(file.read_text(encoding="utf-8"))
    content.pop("batch", None)
    if service:
        statement = STATEMENTS[service].replace("COLUMNS", COLUMNS)
        content["batch"] = {"query": {**QUERIES[service], "statement": statement}}
    file.write_text(yaml.safe_dump(content), encoding="utf-8")


def _predictions(tree: Tree, run: dict[str, Any], folder: Path) -> pl.DataFrame:
    target = folder / run["run"]
    tree.facts("mlops", "runs", "fetch", run["run"], "--output", str(target))
    files = sorted(target.rglob("scored/**/*.parquet"))
    rows = pl.concat([pl.read_parquet(each, hive_partitioning=False) for each in files])
    return rows.filter(pl.col("run_id") == run["run"]).sort("id")


def _statuses(run: dict[str, Any]) -> dict[str, str]:
    return {step["name"]: step["status"] for step in run["steps"]}


@pytest.mark.slow
@pytest.mark.timeout(1800)
def test_a_query_is_a_batch(
    tree: Tree, stand_in: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    tree.facts("mlops", "run", "training", "--local", data=stand_in)
    (version,) = tree.facts("mlops", "models", "list", "--local")
    approved = ("mlops", "models", "approve", version["arn"], "--reason", "good", "--local")
    tree.facts(*approved)
    rows = (
        pl.read_csv(stand_in, has_header=False, new_columns=NAMES)
        .head(300)
        .with_row_index("n", offset=1)
        .with_columns(pl.lit(date(2026, 11, 25)).alias("day"))
    )
    odd = rows.filter(pl.col("n") % 2 == 1)
    named = odd.select(pl.format("a-{}", "n").alias("id"), *NAMES[:-1])
    named.write_csv(tmp_path / "batch.csv")
    run = ("mlops", "run", "batch-inference", "--local")
    files = tree.facts(*run, "--data", str(tmp_path / "batch.csv"))
    expected = _predictions(tree, files, tmp_path)
    assert expected.height == 150

    table = tmp_path / "abalone.csv"
    rows.write_csv(table)
    shuffled = tmp_path / "shuffled"
    shuffled.mkdir()
    for number, part in enumerate(rows.sample(300, shuffle=True, seed=1).iter_slices(90)):
        part.write_parquet(shuffled / f"{number}.parquet")
    values = ("id", "prediction", "lower", "upper")
    for service, name in (("athena", "lake.abalone"), ("redshift", "public.abalone")):
        _ask(tree, service)
        refused = tree.run(*run)
        assert refused.returncode == 1
        assert f"give their rows: --table {name}=PATH" in refused.stderr
        queried = tree.facts(*run, "--table", f"{name}={table}", "--parameter", "ScoreAgain=yes")
        found = _predictions(tree, queried, tmp_path)
        assert found.select(values).equals(expected.select(values)), service
        # The same rows in another order and in other files are the batch that was scored.
        again = tree.facts(*run, "--table", f"{name}={shuffled}")
        statuses = _statuses(again)
        assert (statuses["PublishRepeated"], statuses["Score"]) == ("Succeeded", "NotTaken")

    # Started through the API, over a table of the local catalogue.
    _ask(tree, "athena")
    _start_through_the_api(tree, table, monkeypatch)


def _start_through_the_api(tree: Tree, table: Path, patch: pytest.MonkeyPatch) -> None:
    assert tree.run("mlops", "local", "deploy").returncode == 0
    for line in tree.run("mlops", "local", "start", "--environment", "dev").stdout.splitlines():
        if line.startswith("export "):
            name, _, value = line.removeprefix("export ").partition("=")
            patch.setenv(name, shlex.split(value)[0])
    bucket = "secure-mlops-dev-data-111111111111-eu-central-1"
    boto3.client("s3").put_object(Bucket=bucket, Key="lake/abalone/1.csv", Body=table.read_bytes())
    columns = pl.read_csv(table, n_rows=1).columns
    types = {"n": "bigint", "sex": "string", "rings": "bigint", "day": "date"}
    form = {
        "Location": f"s3://{bucket}/lake/abalone/",
        "Columns": [{"Name": each, "Type": types.get(each, "double")} for each in columns],
        "SerdeInfo": {
            "SerializationLibrary": "org.apache.hadoop.hive.serde2.lazy.LazySimpleSerDe",
            "Parameters": {"field.delim": ",", "skip.header.line.count": "1"},
        },
    }
    glue = boto3.client("glue")
    glue.create_database(DatabaseInput={"Name": "lake"})
    glue.create_table(
        DatabaseName="lake", TableInput={"Name": "abalone", "StorageDescriptor": form}
    )
    done = tree.run("mlops", "run", "batch-inference", "--environment", "dev", "--wait", "--json")
    assert json.loads(done.stdout)["status"] == "Succeeded", done.stdout + done.stderr
