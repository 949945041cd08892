"""The form of a CSV file: its encoding, its separator and its line of names.

Files arrive as a spreadsheet, R or a database wrote them. Whatever is recognised is also said, and
what is not recognised is refused: a guess would give wrong numbers that nobody notices.
"""

from __future__ import annotations

import codecs
import csv
import re
from dataclasses import dataclass
from itertools import islice
from typing import TYPE_CHECKING, Final

from tabular.failure import JobError
from tabular.fields import is_blank

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from pathlib import Path

    from tabular.names import Vocabulary

SEPARATORS: Final = {",": "commas", ";": "semicolons", "\t": "tabs", "|": "bars"}
_MARKS: Final = {
    codecs.BOM_UTF8: "utf-8-sig",
    # Before UTF-16, whose mark it begins with.
    codecs.BOM_UTF32_LE: "utf-32",
    codecs.BOM_UTF32_BE: "utf-32",
    codecs.BOM_UTF16_LE: "utf-16",
    codecs.BOM_UTF16_BE: "utf-16",
}
_OTHER_KINDS: Final = {
    b"PAR1": "Parquet: let its name end in .parquet",
    b"PK\x03\x04": "a spreadsheet or an archive: save it as CSV",
    b"\x1f\x8b": "compressed: unpack it",
}
_ENCODINGS: Final = {
    "utf-8": "UTF-8",
    "utf-8-sig": "UTF-8 with a byte-order mark",
    "utf-16": "UTF-16",
    "utf-16-le": "UTF-16 without a byte-order mark",
    "utf-16-be": "UTF-16 without a byte-order mark",
    "utf-32": "UTF-32",
    "latin-1": "Latin-1",
}
_HEAD, _CHUNK = 1 << 16, 1 << 20
_ZEROS_OF_UTF16: Final = 0.3
"""The least share of characters whose other byte is zero; of a table with numbers it is most."""
SURROGATE: Final = re.compile("[\ud800-\udfff]")
"""What Python reads a byte as that is no text."""
_CONTROLS: Final = re.compile(rb"[\x80-\x9f]")
_SPLIT_NUMBER: Final = re.compile(r"(?:^|,)\s*[+-]?\d+\s*,\s*\d+\s*(?:,|$)")
"""Two whole numbers side by side, without quotes: 9,5 may be 9.5."""
_MOST_LINES: Final = 100
"""A quoted field that is longer was never closed."""


@dataclass(frozen=True)
class Form:
    """What a CSV file is written in.

    Parameters
    ----------
    path : Path
        The file.
    name : str
        Its path below the input folder, with forward slashes.
    encoding : str
        As Python calls it.
    separator : str
        Between fields.
    line_end : str
        Line feed or, as old spreadsheets write, carriage return.
    first : tuple of str
        The first line's fields.
    columns : tuple of str
        Names of the fields, ours where they are recognised, and empty for a column without a name.
        Empty where no line names them.
    skip : int
        Lines before the first row.
    plain : bool
        Whether it is UTF-8 with commas and without quotes, and so can be read fast.
    """

    path: Path
    name: str
    encoding: str
    separator: str
    line_end: str
    first: tuple[str, ...]
    columns: tuple[str, ...]
    skip: int
    plain: bool

    @property
    def note(self) -> str:
        """Say what is unusual, or nothing."""
        found = []
        if self.encoding != "utf-8":
            found.append(f"read as {_ENCODINGS[self.encoding]}")
        if self.separator != ",":
            found.append(f"fields separated by {SEPARATORS[self.separator]}")
        pairs = zip(self.columns[-len(self.first) :], self.first, strict=False)
        known = [(ours, came) for ours, came in pairs if ours != came]
        if other := [f"{came} as {ours}" for ours, came in known if ours != came.lower()]:
            found.append(f"columns recognised: {', '.join(other)}")
        elif known:
            found.append("names in another case recognised")
        if "" in self.columns:
            found.append("columns without a name are left out")
        return f"{self.name}: {'; '.join(found)}" if found else ""


def find_form(path: Path, name: str, known: Vocabulary) -> Form:
    """Find out how a file of known columns is written, or refuse it."""
    encoding, is_plain = _find_encoding(path, name)
    line_end = _line_end(path, encoding)
    lines = [*islice(_lines_of(path, encoding, line_end), _MOST_LINES)]
    blanks = next((at for at, line in enumerate(lines) if not is_blank(line)), len(lines))
    if blanks == len(lines):
        raise JobError(f"{name} has no data rows: remove the file or fill it")
    separator = max(SEPARATORS, key=lambda each: _familiar(_first(lines[blanks:], each)[1], known))
    used, fields = _first(lines[blanks:], separator)
    first = tuple(field.strip() for field in fields)
    columns = known.name_columns(first)
    skip = blanks + used
    if not known.recognised(first):
        _refuse_other_names(first, name, known)
        columns, skip = (), 0
    elif len(columns) != len({*columns} - {""}) + columns.count(""):
        raise JobError(f"{name}: its first line names a column twice: {', '.join(first)}")
    else:
        # R names rows in a column of its own, which its line of names leaves out.
        _, row = _first(lines[skip:], separator)
        if len(row) == len(columns) + 1 and row[-1].strip():
            _refuse_decimal_comma(lines[skip], separator, name)
            columns = ("", *columns)
    is_plain &= separator == "," and line_end == "\n" and skip <= 1 and "" not in columns
    return Form(path, name, encoding, separator, line_end, first, columns, skip, is_plain)


def find_names(path: Path, name: str) -> tuple[str, ...]:
    """Return the fields of the first line of a file whose columns nobody knows yet.

    They are split by the separator that gives the most.
    """
    encoding, _ = _find_encoding(path, name)
    lines = [*islice(_lines_of(path, encoding, _line_end(path, encoding)), _MOST_LINES)]
    lines = lines[next((at for at, line in enumerate(lines) if not is_blank(line)), 0) :]
    found = max((_first(lines, each)[1] for each in SEPARATORS), key=len)
    return tuple(field.strip() for field in found)


def read_records(form: Form) -> Iterator[tuple[int, str, list[str] | None]]:
    """Read a file's records by RFC 4180: line (from 0 after the names), text, and fields.

    Fields are None where quotes are not closed. Such a quote, or one that would join lines to a
    record of another width, spoils its own line only.
    """
    width = len(form.columns or form.first)
    lines = enumerate(islice(_lines_of(form.path, form.encoding, form.line_end), form.skip, None))
    ahead: list[tuple[int, str]] = []
    while True:
        index, text = ahead.pop(0) if ahead else next(lines, (-1, ""))
        if index < 0:
            return
        if text.count('"') % 2:
            ahead += islice(lines, max(0, _MOST_LINES - len(ahead)))
            used, joined = _close(text, [line for _, line in ahead])
            if used and len(fields := _split(joined, form.separator) or []) == width:
                del ahead[:used]
                yield index, joined.rstrip("\r\n"), fields
                continue
        if not is_blank(text):
            yield index, text.rstrip("\r\n"), _split(text, form.separator)


def _line_end(path: Path, encoding: str) -> str:
    with path.open("rb") as file:
        # The head may end within a character.
        head = codecs.getincrementaldecoder(encoding)("replace").decode(file.read(_HEAD))
    return "\r" if "\r" in head and "\n" not in head else "\n"


def _lines_of(path: Path, encoding: str, line_end: str) -> Iterator[str]:
    try:
        with path.open(encoding=encoding, errors="surrogateescape", newline=line_end) as file:
            yield from file
    except UnicodeError as error:
        raise JobError(f"{path.name} is not whole as {_ENCODINGS[encoding]}: {error}") from None


def _first(lines: Sequence[str], separator: str) -> tuple[int, list[str]]:
    """Return the first record, and how many lines it has."""
    if not lines:
        return 0, []
    used, text = _close(lines[0], lines[1:])
    if used and (fields := _split(text, separator)):
        return used + 1, fields
    return 1, _split(lines[0], separator) or lines[0].split(separator)


def _close(text: str, following: Sequence[str]) -> tuple[int, str]:
    """Join a line with those after it until its quotes are closed; 0 lines if they never are."""
    quotes = text.count('"')
    if quotes % 2:
        for number, line in enumerate(following, start=1):
            text += line
            quotes += line.count('"')
            if not quotes % 2:
                return number, text
    return 0, text


def _split(text: str, separator: str) -> list[str] | None:
    try:
        found = [*csv.reader([text.rstrip("\r\n")], delimiter=separator, strict=True)]
    except csv.Error:
        return None
    return found[0] if len(found) == 1 else None


def _familiar(fields: Sequence[str], known: Vocabulary) -> int:
    """Count the fields that are a name or a value."""
    stripped = [field.strip() for field in fields]
    return len(known.recognised(stripped)) or sum(map(known.is_value, stripped))


def _refuse_other_names(first: Sequence[str], name: str, known: Vocabulary) -> None:
    """Refuse a line of names none of which is ours, instead of taking it as a row."""
    if len(first) > 1 and not any(map(known.is_value, first)):
        raise JobError(
            f"{name}: its first line names none of the columns {', '.join(known.columns)}, but "
            f"{', '.join(first)}"
        )


def _refuse_decimal_comma(row: str, separator: str, name: str) -> None:
    """Refuse a row whose field too many may be the rest of a number, and not R's row name."""
    if separator == "," and _SPLIT_NUMBER.search(row):
        raise JobError(
            f"{name}: its rows have one field more than its line of names, by a decimal comma or "
            "by row names as of R: write decimals with a point, or give every column a name"
        )


def _find_encoding(path: Path, name: str) -> tuple[str, bool]:
    """Return the encoding, and whether the file has neither quotes nor anything but text."""
    with path.open("rb") as file:
        head = file.read(_HEAD)
        for mark, kind in _OTHER_KINDS.items():
            if head.startswith(mark):
                raise JobError(f"{name} is {kind}")
        for mark, encoding in _MARKS.items():
            if head.startswith(mark) and mark != codecs.BOM_UTF8:
                return encoding, False
        zeros = [head[start::2].count(0) for start in (0, 1)]
        for at, encoding in enumerate(("utf-16-be", "utf-16-le")):
            if not zeros[1 - at] and zeros[at] > _ZEROS_OF_UTF16 * len(head) / 2:
                return encoding, False
        file.seek(0)
        decoder = codecs.getincrementaldecoder("utf-8")()
        is_plain = True
        try:
            while chunk := file.read(_CHUNK):
                is_plain &= b'"' not in chunk and b"\0" not in chunk
                decoder.decode(chunk)
            decoder.decode(b"", final=True)
        except UnicodeDecodeError:
            return _find_older_encoding(path, name), False
    return "utf-8-sig" if head.startswith(codecs.BOM_UTF8) else "utf-8", is_plain


def _find_older_encoding(path: Path, name: str) -> str:
    """Distinguish Latin-1 from UTF-8 with damaged lines, which are set aside one by one."""
    is_utf8, strange = False, 0
    with path.open("rb") as file:
        for number, line in enumerate(file, start=1):
            if b"\0" in line:
                return "utf-8"
            if not line.isascii():
                text = line.decode("utf-8", "surrogateescape")
                is_utf8 |= not SURROGATE.sub("", text).isascii()
                strange = strange or (number if _CONTROLS.search(line) else 0)
    if is_utf8:
        return "utf-8"
    if strange:
        raise JobError(
            f"{name}, line {strange}: its encoding is neither UTF-8, UTF-16 nor Latin-1 (perhaps "
            "Windows-1252, Mac or DOS), so its ids would be damaged: save it as UTF-8"
        )
    return "latin-1"
