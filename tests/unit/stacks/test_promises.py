"""Promises are judged once, beside other work, and of the templates that are asked about."""

from __future__ import annotations

from threading import Event, current_thread, main_thread
from typing import TYPE_CHECKING

import pytest

from stacks.promises import BrokenPromise, InBackground

if TYPE_CHECKING:
    from collections.abc import Sequence


def test_what_was_begun_is_judged_once_beside_the_rest() -> None:
    goes_on, judged = Event(), []

    def judge(templates: Sequence[str]) -> Sequence[BrokenPromise]:
        assert current_thread() is not main_thread()
        assert goes_on.wait(60)
        judged.append(list(templates))
        return []

    promises = InBackground(judge)
    promises.begin(["a", "b"])
    goes_on.set()
    assert promises(["a", "b"]) == []
    assert judged == [["a", "b"]]


def test_other_templates_than_begun_are_judged_anew() -> None:
    judged = []
    promises = InBackground(lambda templates: judged.append(list(templates)) or [])
    promises.begin(["a"])
    promises(["a", "b"])
    promises(["a", "b"])
    assert sorted(judged) == [["a"], ["a", "b"], ["a", "b"]]


def test_not_begun_they_are_judged_when_asked() -> None:
    assert InBackground(list)(["a"]) == ["a"]


def test_an_error_of_the_judge_is_one_of_the_caller() -> None:
    def judge(_templates: Sequence[str]) -> Sequence[BrokenPromise]:
        raise ValueError("no such template")

    promises = InBackground(judge)
    promises.begin(["a"])
    with pytest.raises(ValueError, match="no such template"):
        promises(["a"])
