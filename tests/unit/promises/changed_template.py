"""Judging one promise on a small template, some of its text replaced."""

from __future__ import annotations

from typing import TYPE_CHECKING

from promises.catalog import PROMISES
from promises.proving import Outcome, outcomes_of
from promises.world import worlds_of

if TYPE_CHECKING:
    from pathlib import Path


def judged(template: Path, number: int, folder: Path, *changes: tuple[str, str]) -> Outcome:
    """Judge a changed copy of a template; each text to replace has to be in it."""
    text = template.read_text(encoding="utf-8")
    for before, after in changes:
        assert before in text
        text = text.replace(before, after)
    file = folder / "template.yaml"
    file.write_text(text, encoding="utf-8")
    (world,) = worlds_of([file])
    (promise,) = (each for each in PROMISES if each.number == number)
    (found,) = outcomes_of(world, [promise], timeout=5)
    return found
