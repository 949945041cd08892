"""What a benchmark changes for its review is in today's templates."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from benchmarks import review

if TYPE_CHECKING:
    from pathlib import Path


@pytest.mark.example
@pytest.mark.parametrize("change", ["_one_role", "_boundary"])
def test_the_change_is_one_of_a_template(
    all_environments: Path, tmp_path: Path, change: str
) -> None:
    changed = review._changed(all_environments, tmp_path / "changed", getattr(review, change))
    before = {each.name: each.read_text() for each in all_environments.glob("assembly-dev/*.json")}
    after = {each.name: each.read_text() for each in changed.glob("assembly-dev/*.json")}
    assert before.keys() == after.keys()
    assert before != after
