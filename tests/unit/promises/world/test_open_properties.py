"""Results that are kept for a world, and the open values that they depend on."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import pytest

from mlops_common.symbols import opened
from promises.world.open_properties import once_a_world, open_values_read, watched

VALUE = opened("stack", "Queue", "Arn")
PROPERTIES = watched({"Arn": VALUE})


def test_what_a_kept_result_read_is_noted_each_time() -> None:
    calls = []

    @once_a_world
    def arn(_world: Any, part: str) -> Any:
        calls.append(part)
        return PROPERTIES["Arn"]

    one, other = SimpleNamespace(), SimpleNamespace()
    for world, part in ((one, "a"), (one, "a"), (one, "b"), (other, "a")):
        with open_values_read() as read:
            assert arn(world, part) == VALUE
        assert read == ["stack/Queue.Arn"]
    assert calls == ["a", "b", "a"]


def test_what_was_read_before_an_error_is_noted() -> None:
    @once_a_world
    def number(_world: Any) -> int:
        return int(PROPERTIES["Arn"])

    with open_values_read() as read:
        for _ in range(2):
            with pytest.raises(ValueError, match="invalid literal"):
                number(SimpleNamespace())
    assert read == ["stack/Queue.Arn"] * 2
