"""What Python's parser takes as JSON and the standard does not."""

from __future__ import annotations

import json

import pytest

from mlops_common.strict_json import read_strictly

REFUSED = {
    "a name twice": ('{"Steps": [{"Name": "A", "Type": "Fail", "Name": "B"}]}', "'Name' stands tw"),
    "not a number": ('{"a": [NaN]}', "NaN is no number"),
    "infinity": ('{"a": Infinity}', "Infinity is no number"),
    "minus infinity": ('{"a": -Infinity}', "-Infinity is no number"),
    "beyond all numbers": ('{"a": 1e999}', "1e999 is too large"),
    "half of a pair": (r'{"a": "\ud800"}', "is half of a surrogate pair"),
    "half of a pair in a name": (r'{"\ude00": 1}', "is half of a surrogate pair"),
}


@pytest.mark.parametrize("kind", REFUSED)
def test_what_no_other_reader_takes_is_refused_by_name(kind: str) -> None:
    text, problem = REFUSED[kind]
    json.loads(text)  # Python takes it
    with pytest.raises(ValueError, match=problem):
        read_strictly(text)
    with pytest.raises(ValueError, match=problem):
        read_strictly(text.encode())


def test_the_object_is_shown_by_its_beginning() -> None:
    with pytest.raises(ValueError, match=r'which begins {"Name": "B", "Type": "Fail"}'):
        read_strictly(REFUSED["a name twice"][0])


def test_everything_else_is_read_as_it_was() -> None:
    text = r'{"a": [1, 1.5e300, -0.0, "NaN", "\ud83d\ude00", null, true], "b": {"a": {}}}'
    assert read_strictly(text) == json.loads(text)
