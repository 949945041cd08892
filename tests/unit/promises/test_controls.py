"""The table of controls: every promise supports one or says why not, and nothing else is named."""

from __future__ import annotations

from promises.catalog import PROMISES
from promises.controls import controls


def test_every_promise_supports_a_control_or_says_why_not() -> None:
    table = controls()
    numbers = {each.number for each in PROMISES}
    mapped = {
        number
        for catalogue in table.catalogues
        for control in catalogue.controls
        for number in control.numbers
    }
    excused = set(map(int, table.unmapped))
    assert mapped | excused == numbers
    assert not mapped & excused


def test_a_control_names_promises_or_a_reason_and_is_there_once() -> None:
    for catalogue in controls().catalogues:
        assert catalogue.source
        ids = [each.id for each in catalogue.controls]
        assert len(ids) == len(set(ids))
        for each in catalogue.controls:
            assert bool(each.promises) != bool(each.because), each.id


def test_the_four_catalogues_are_there() -> None:
    table = controls()
    assert [each.id for each in table.catalogues] == [
        "fsbp",
        "nist-800-53",
        "iso-27001",
        "pci-dss",
    ]
    assert {(one.id, control.id) for one, control in table.of(3)} == {
        ("fsbp", "S3.5"),
        ("nist-800-53", "SC-8"),
        ("iso-27001", "A.8.24"),
    }
