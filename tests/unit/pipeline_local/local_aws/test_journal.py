from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from mlops_common.errors import MlopsError
from pipeline_local.local_aws.blobs import INLINE_BYTES, Blobs, keep_folder
from pipeline_local.local_aws.determinism import Moment
from pipeline_local.local_aws.journal import Change, Delivery, Journal

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

MOMENT = Moment(1_790_000_000_123_456, 2**64 - 1)


def _change(body: bytes) -> Change:
    return Change({"REQUEST_METHOD": "PUT", "PATH_INFO": "/b/ä"}, body, MOMENT, [{"id": "e"}])


@pytest.fixture
def reopen(tmp_path: Path) -> Callable[[], Journal]:
    return lambda: Journal(tmp_path / "journal", Blobs(tmp_path / "blobs"))


def test_records_are_read_back_in_order(reopen: Callable[[], Journal]) -> None:
    journal = reopen()
    written = [
        _change(b"small \x00\xff"),
        Delivery("e", [{"target": "t", "succeeded": True}]),
        _change(b"L" * (INLINE_BYTES + 1)),
    ]
    for record in written:
        if isinstance(record, Change):
            journal.add_change(record)
        else:
            journal.add_delivery(record)
    first = journal.id
    journal.close()
    again = reopen()
    assert list(again.read()) == written
    assert again.id == first
    again.close()


def test_reading_can_start_where_an_earlier_one_ended(reopen: Callable[[], Journal]) -> None:
    journal = reopen()
    journal.add_change(_change(b"1"))
    place = journal.length
    journal.add_change(_change(b"2"))
    assert [r.body for r in journal.read(place) if isinstance(r, Change)] == [b"2"]
    journal.close()


@pytest.mark.parametrize("cut", [1, 5, 60])
def test_a_last_line_cut_short_is_dropped_and_written_over(
    reopen: Callable[[], Journal], cut: int
) -> None:
    journal = reopen()
    journal.add_change(_change(b"1"))
    whole = journal.length
    journal.add_change(_change(b"2"))
    journal.close()
    content = journal.path.read_bytes()
    journal.path.write_bytes(content[:-cut])
    again = reopen()
    assert again.length == whole
    again.add_change(_change(b"3"))
    assert [r.body for r in again.read() if isinstance(r, Change)] == [b"1", b"3"]
    again.close()


def test_damage_before_the_end_is_reported(reopen: Callable[[], Journal]) -> None:
    journal = reopen()
    place = journal.length
    journal.add_change(_change(b"1"))
    journal.add_change(_change(b"2"))
    journal.close()
    content = bytearray(journal.path.read_bytes())
    content[place + 40] ^= 1
    journal.path.write_bytes(content)
    again = reopen()
    with pytest.raises(MlopsError, match=f"damaged at byte {place}.*mlops local reset"):
        list(again.read())
    again.close()


def test_a_missing_blob_is_reported(reopen: Callable[[], Journal], tmp_path: Path) -> None:
    journal = reopen()
    journal.add_change(_change(b"L" * (INLINE_BYTES + 1)))
    next(path for path in (tmp_path / "blobs").rglob("*") if path.is_file()).unlink()
    with pytest.raises(MlopsError, match="missing"):
        list(journal.read())
    journal.close()


def test_a_file_of_another_kind_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "journal"
    path.write_bytes(b"something else\n")
    with pytest.raises(MlopsError, match="another version"):
        Journal(path, Blobs(tmp_path / "blobs"))


def test_the_same_bytes_are_kept_once(tmp_path: Path) -> None:
    blobs = Blobs(tmp_path)
    assert blobs.put(b"x" * 9) == blobs.put(b"x" * 9)
    assert blobs.get(blobs.put(b"x" * 9)) == b"x" * 9
    assert len([path for path in tmp_path.rglob("*") if path.is_file()]) == 1


def test_a_folder_is_kept_by_its_content(tmp_path: Path) -> None:
    source = tmp_path / "source"
    (source / "deep").mkdir(parents=True)
    (source / "deep" / "a.py").write_text("1")
    first = keep_folder(source, tmp_path / "kept")
    assert keep_folder(source, tmp_path / "kept") == first
    (source / "deep" / "a.py").write_text("2")
    second = keep_folder(source, tmp_path / "kept")
    assert first != second
    assert (first / "deep" / "a.py").read_text() == "1"
    assert sorted(path.name for path in (tmp_path / "kept").iterdir()) == sorted(
        [first.name, second.name]
    )
    with pytest.raises(FileNotFoundError):
        keep_folder(tmp_path / "nowhere", tmp_path / "kept")
