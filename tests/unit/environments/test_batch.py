"""The `batch` section: a query or none, and one line for each mistake."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
import yaml

from environments import AthenaQuery, RedshiftQuery, SettingsError, load_environment
from tests.synthesis import SETTINGS

if TYPE_CHECKING:
    from pathlib import Path

ATHENA = {
    "service": "athena",
    "database": "lake",
    "tables": ["abalone"],
    "prefixes": ["lake/abalone/"],
    "statement": "SELECT * FROM abalone",
}
REDSHIFT = {
    "service": "redshift",
    "cluster": "warehouse",
    "database": "sales",
    "user": "scoring",
    "statement": "SELECT * FROM abalone",
}


def _load(folder: Path, query: Any) -> Any:
    content = yaml.safe_load((SETTINGS / "dev.yaml").read_text(encoding="utf-8"))
    del content["promotes_to"]  # it is alone in its folder
    content["batch"] = {"query": query}
    (folder / "dev.yaml").write_text(yaml.safe_dump(content), encoding="utf-8")
    return load_environment("dev", folder).batch.query


def test_batches_are_files_unless_the_file_says_otherwise() -> None:
    assert {load_environment(name).batch.query for name in ("dev", "staging", "prod")} == {None}


def test_a_query_is_of_one_of_two_services(tmp_path: Path) -> None:
    athena = _load(tmp_path, ATHENA)
    assert isinstance(athena, AthenaQuery)
    assert (athena.bytes_scanned, athena.enforced) == (100 * 2**30, True)
    assert isinstance(_load(tmp_path, REDSHIFT), RedshiftQuery)


@pytest.mark.parametrize(
    ("query", "told"),
    [
        ({**ATHENA, "service": "presto"}, "batch.query.service: must be athena or redshift"),
        ({"database": "lake"}, "batch.query.service: must be athena or redshift"),
        ({**ATHENA, "database": "La-ke"}, "batch.query.database: 'La-ke' is not a database's name"),
        ({**ATHENA, "tables": []}, "batch.query.tables: name at least one"),
        ({**ATHENA, "tables": ["lake.abalone"]}, "name each without its database"),
        ({**ATHENA, "tables": ["a", "a"]}, "batch.query.tables: a written twice"),
        ({**ATHENA, "prefixes": ["/lake"]}, "batch.query.prefixes: '/lake' is not a prefix"),
        ({**ATHENA, "prefixes": ["lake/*/"]}, "'lake/*/' is not a prefix"),
        ({**ATHENA, "statement": " "}, "batch.query.statement: must have 1 to 4096 characters"),
        ({**ATHENA, "statement": "x" * 4097}, "must have 1 to 4096 characters"),
        ({**ATHENA, "statement": "SELECT '${a}' AS a"}, "write it otherwise"),
        ({**ATHENA, "gigabytes_scanned": 0}, "batch.query.gigabytes_scanned: must be greater"),
        ({**ATHENA, "user": "x"}, "batch.query.user: is not a known field"),
        ({**REDSHIFT, "cluster": "-x"}, "batch.query.cluster: '-x' is not a cluster's identifier"),
        ({**REDSHIFT, "user": "a*"}, "batch.query.user: 'a*' is not a name in Redshift"),
        ({**REDSHIFT, "database": "Sales"}, "batch.query.database: 'Sales' is not a name"),
    ],
)
def test_a_mistake_is_one_line(tmp_path: Path, query: dict[str, Any], told: str) -> None:
    with pytest.raises(SettingsError) as caught:
        _load(tmp_path, query)
    (line,) = caught.value.mistakes
    assert told in line
