"""Templates in no cloud assembly: a folder of them, and what is none."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from mlops_common.errors import MlopsError
from promises.mutation.templates import read_templates
from promises.world import templates
from promises.world.templates import templates_in

if TYPE_CHECKING:
    from pathlib import Path

TEMPLATE = '{"Resources": {"Jobs": {"Type": "AWS::SQS::Queue"}}}'


def test_a_folder_that_holds_too_much_is_refused_with_what_is_expected(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It is not walked to its end: somebody may name /tmp, or a home."""
    for name in "abc":
        (tmp_path / f"{name}.json").write_text(TEMPLATE)
    monkeypatch.setattr(templates, "_MOST", 3)
    assert [each.name for each in templates_in(tmp_path)] == ["a", "b", "c"]
    (tmp_path / "one more").mkdir()
    with pytest.raises(MlopsError, match=r"more than 3 files and folders; expected is a cloud"):
        templates_in(tmp_path)


def test_faults_are_seeded_into_a_cloud_assembly_only(tmp_path: Path) -> None:
    (tmp_path / "a.template.json").write_text(TEMPLATE)
    with pytest.raises(MlopsError, match=r"is .* a cloud assembly"):
        read_templates(tmp_path)


def test_a_condition_operator_that_yaml_reads_as_nothing_is_refused(tmp_path: Path) -> None:
    template = tmp_path / "a.yaml"
    template.write_text('Resources:\n  A: {Type: "Custom::A", Properties: {Null: {b: true}}}\n')
    with pytest.raises(MlopsError, match='below line 2: a key is null; as a text it is "Null"'):
        templates_in(template)
