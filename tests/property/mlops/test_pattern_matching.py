"""Laws of event patterns, whatever the event."""

from __future__ import annotations

from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from pipeline_local.aws import matches

NAMES = st.sampled_from(["a", "b", "c"])
LEAVES = st.one_of(
    st.text(max_size=4), st.integers(-9, 9), st.booleans(), st.none(), st.floats(-9, 9)
)
EVENTS = st.recursive(
    st.dictionaries(NAMES, st.one_of(LEAVES, st.lists(LEAVES, max_size=3)), min_size=1),
    lambda inner: st.dictionaries(NAMES, st.one_of(LEAVES, inner), min_size=1),
    max_leaves=8,
)


def _pattern_of(event: dict[str, Any]) -> dict[str, Any]:
    """The pattern that asks for exactly what the event holds."""
    return {
        name: _pattern_of(value)
        if isinstance(value, dict)
        else ([{"exists": True}] if isinstance(value, list) else [value])
        for name, value in event.items()
    }


@given(EVENTS)
def test_an_event_matches_the_pattern_made_of_it(event: dict[str, Any]) -> None:
    assert matches(_pattern_of(event), event)


@given(EVENTS, EVENTS)
def test_fields_are_anded(event: dict[str, Any], other: dict[str, Any]) -> None:
    pattern = _pattern_of(other)
    one_by_one = all(matches({name: wanted}, event) for name, wanted in pattern.items())
    assert matches(pattern, event) == one_by_one


@given(EVENTS, NAMES, st.lists(LEAVES, min_size=1, max_size=4))
def test_entries_are_ored(event: dict[str, Any], name: str, entries: list[Any]) -> None:
    together = matches({name: entries}, event)
    assert together == any(matches({name: [entry]}, event) for entry in entries)


@given(LEAVES, LEAVES)
def test_anything_but_is_the_contrary_of_equal(value: object, entry: object) -> None:
    event = {"a": value}
    assert matches({"a": [{"anything-but": [entry]}]}, event) != matches({"a": [entry]}, event)


@given(EVENTS, NAMES)
def test_a_leaf_exists_or_does_not(event: dict[str, Any], name: str) -> None:
    exists = matches({name: [{"exists": True}]}, event)
    assert exists != matches({name: [{"exists": False}]}, event)


@given(st.text(max_size=6), st.text(max_size=3))
def test_prefix_and_suffix_are_wildcards(value: str, part: str) -> None:
    escaped = part.replace("\\", "\\\\").replace("*", "\\*")
    event = {"a": value}
    starts = matches({"a": [{"prefix": part}]}, event)
    assert starts == matches({"a": [{"wildcard": f"{escaped}*"}]}, event)
    ends = matches({"a": [{"suffix": part}]}, event)
    assert ends == matches({"a": [{"wildcard": f"*{escaped}"}]}, event)
