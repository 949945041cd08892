"""What a file's cells mean to an analysis of bias."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from pipeline_local.clarify.bias import pre_training_bias
from pipeline_local.clarify.dataset import read_dataset
from pipeline_local.clarify.settings import read_config
from pipeline_local.image_programs.problem import Problem

if TYPE_CHECKING:
    from pathlib import Path

# Rest: 3 of 4 positive. Group: 1 of 4.
POSITIVE = (1, 1, 1, 0, 1, 0, 0, 0)


def measured(folder: Path, labels: tuple[str, str], **changes: Any) -> dict[str, Any]:
    facet = changes.pop("group_value", "d")
    header = changes.pop("header", "sex,y")
    rows = [
        f"{facet if place > 3 else 'a'},{labels[positive]}"
        for place, positive in enumerate(POSITIVE)
    ]
    (folder / "rows.csv").write_text("\n".join([header, *rows]) + "\n")
    document = {
        "dataset_type": "text/csv",
        "label": "y",
        "label_values_or_threshold": [labels[1]],
        "facet": [{"name_or_index": "sex", "value_or_threshold": [facet]}],
        "methods": {"pre_training_bias": {"methods": "all"}},
        **changes,
    }
    config = read_config(document)
    section = pre_training_bias(config, read_dataset(config, folder))
    return {item["name"]: item["value"] for item in section["facets"]["sex"][0]["metrics"]}


@pytest.mark.parametrize(
    "labels",
    [
        *(("False", "True"), ("True", "False"), ("false", "true"), ("0", "1"), ("0.0", "1")),
        *(("no", word) for word in ("NA", "None", "null", "nan", "inf", "N/A", "yes")),
    ],
)
def test_a_label_is_what_the_file_says(tmp_path: Path, labels: tuple[str, str]) -> None:
    assert measured(tmp_path, labels)["DPL"] == 0.5


@pytest.mark.parametrize("wanted", ["True", "true", True, 1])
def test_a_boolean_is_asked_for_in_every_form(tmp_path: Path, wanted: object) -> None:
    found = measured(tmp_path, ("False", "True"), label_values_or_threshold=[wanted])
    assert found["DPL"] == 0.5


@pytest.mark.parametrize("value", ["NA", "None", "null", "nan", "True"])
def test_a_facet_value_is_what_the_file_says(tmp_path: Path, value: str) -> None:
    assert measured(tmp_path, ("no", "yes"), group_value=value)["DPL"] == 0.5


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"label_values_or_threshold": ["maybe"]}, "maybe: holds for none .* are no, yes"),
        ({"label_values_or_threshold": ["no", "yes"]}, "no,yes: holds for all of the 8 records"),
        ({"label_values_or_threshold": "yes"}, "label_values_or_threshold: 'yes' is not a list"),
        ({"label_values_or_threshold": 1}, "label_values_or_threshold: 1 is not a list"),
        ({"label_values_or_threshold": 0}, "label_values_or_threshold: 0 is not a list"),
        ({"headers": 1}, "headers: 1 is not a list"),
        ({"excluded_columns": "y"}, "excluded_columns: 'y' is not a list"),
        (
            {"facet": [{"name_or_index": "sex", "value_or_threshold": "d"}]},
            r"facet\.value_or_threshold: 'd' is not a list",
        ),
        ({"facet": [{"name_or_index": name} for name in ("sex", 0)]}, "'sex' is there twice"),
        ({"header": "Sex,Y", "headers": ["sex", "y"]}, "in other case"),
    ],
)
def test_what_cannot_be_meant_is_refused(
    tmp_path: Path, changes: dict[str, Any], words: str
) -> None:
    with pytest.raises(Problem, match=words):
        measured(tmp_path, ("no", "yes"), **changes)
