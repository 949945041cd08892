"""A batch in any form: the same predictions as its plain file, or one clear refusal."""

from __future__ import annotations

import csv
import io
import tempfile
from dataclasses import dataclass
from pathlib import Path

import polars as pl
import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from abalone.delivered_file import find_files
from abalone.delivery import read_delivery
from abalone.schema import FEATURES, MEASUREMENTS
from mlops.data.generate import draw, to_csv
from preprocess_batch import refuse_too_few
from tabular.failure import JobError

GOOD = [line.split(",")[:8] for line in to_csv(draw(40, seed=9)).splitlines()]
READ = ("utf-8", "utf-8-sig", "utf-16", "utf-16-le", "utf-16-be", "utf-32", "latin-1")
# Their letters for é and ü cannot be distinguished from each other's.
REFUSED = ("cp437", "cp850", "mac_roman")
ANY_ID = ("007", "9007199254740993", "1e5", " a ", "x,y", "a;b|c\td", 'say "no"', "", "NA", "None")
SIGNS = ("", "_", " ", ".", "-")


@dataclass(frozen=True)
class Form:
    """How a file is written, and what it holds."""

    rows: list[list[str]]
    ids: list[str] | None
    names: list[str] | None  # of the columns below, as they are spelt
    columns: list[str]
    encoding: str = "utf-8"
    separator: str = ","
    quoting: int = csv.QUOTE_MINIMAL
    end: str = "\n"
    is_misspelt: bool = False

    @property
    def content(self) -> bytes:
        text = io.StringIO(newline="")
        writer = csv.writer(
            text, delimiter=self.separator, quoting=self.quoting, lineterminator=self.end
        )
        if self.names is not None:
            writer.writerow(self.names)
        for number, row in enumerate(self.rows):
            known = dict(zip(FEATURES, row, strict=True)) | {"note": f'n "{number}",\r\nx', "": "1"}
            known["id"] = self.ids[number] if self.ids else ""
            writer.writerow([known[name] for name in self.columns])
        return text.getvalue().encode(self.encoding)


@st.composite
def spelt(draw_from: st.DrawFn, name: str) -> str:
    """One of our names, as people write it."""
    case = draw_from(st.sampled_from((str.lower, str.upper, str.title, str.capitalize)))
    return case(draw_from(st.sampled_from(SIGNS)).join(name.split("_")))


@st.composite
def forms(draw_from: st.DrawFn) -> Form:
    """A file that is read, or that is refused for its encoding or a name."""
    rows = draw_from(st.lists(st.sampled_from(GOOD), min_size=1, max_size=6))
    encoding = draw_from(st.sampled_from((*READ, *READ, *REFUSED)))
    separator = draw_from(st.sampled_from(",;\t|"))
    end = draw_from(st.sampled_from(("\n", "\r\n", "\r")))
    quoting = draw_from(st.sampled_from((csv.QUOTE_MINIMAL, csv.QUOTE_ALL, csv.QUOTE_NONNUMERIC)))
    if not draw_from(st.booleans()):
        return Form(rows, None, None, list(FEATURES), encoding, separator, quoting, end)
    wide = "éü" if encoding in {"latin-1", *REFUSED} else "éü漢\u2028"
    letters = st.text(alphabet=f"aZ0 ,;'\"{wide}", max_size=6).filter(str.strip)
    given_ids = st.one_of(st.sampled_from(ANY_ID).filter(bool), letters)
    ids = draw_from(st.none() | st.lists(given_ids, min_size=6, max_size=6, unique=True))
    more = draw_from(st.lists(st.sampled_from(("note", "")), unique=True)) if end != "\r" else []
    columns = draw_from(st.permutations([*FEATURES, *(["id"] if ids else []), *more]))
    names = [draw_from(spelt(name)) if name not in more else name for name in columns]
    if is_misspelt := draw_from(st.integers(0, 7)) == 0:
        # An id that is called otherwise is a column more.
        at = columns.index(draw_from(st.sampled_from(FEATURES)))
        names[at] = draw_from(st.sampled_from(("gender", "Länge", "id", "sex", "x 1")))
    return Form(rows, ids, names, columns, encoding, separator, quoting, end, is_misspelt)


def predictions(form: Form) -> dict[str, float] | str:
    """What a model that looks at every value makes of a file, or why it is refused."""
    with tempfile.TemporaryDirectory() as folder:
        (Path(folder) / "batch.csv").write_bytes(form.content)
        try:
            delivery = read_delivery(Path(folder), find_files(Path(folder)), "made")
            refuse_too_few(delivery, 0)
        except JobError as error:
            return str(error)
    good = delivery.good.with_columns(pl.col("sex").replace_strict({"F": 1.5, "I": 2.5, "M": 3.5}))
    values = good.select("sex", *MEASUREMENTS).rows()
    answers = [sum(value * 7**at for at, value in enumerate(row)) for row in values]
    return dict(zip(good["id"], answers, strict=True))


def check(form: Form) -> None:
    named = ["id", *FEATURES] if form.ids else [*FEATURES]
    found = predictions(form)
    if isinstance(found, dict):
        assert found == predictions(Form(form.rows, form.ids, named, named))
        made = [f"made-{number}" for number in range(1, 7)]
        assert list(found) == (form.ids or made)[: len(form.rows)]
        return
    # One line, and only about what cannot be known.
    assert "\n" not in found
    is_strange = form.encoding in REFUSED and not form.content.isascii()
    assert ("its encoding is neither" in found) == is_strange, found
    if not is_strange:
        assert form.is_misspelt, found
        assert "column" in found


fixed = settings(deadline=None, max_examples=60, suppress_health_check=list(HealthCheck))
many = settings(fixed, max_examples=500)


@fixed
@example(Form(GOOD[:2], ["é", "ü"], [*FEATURES, "ID"], [*FEATURES, "id"], "cp850"))
@example(Form(GOOD[:2], ["a\nb", "007"], ["ID", *FEATURES], ["id", *FEATURES], "utf-16", ";"))
@given(forms())
def test_any_form_gives_the_plain_files_predictions_or_is_refused(form: Form) -> None:
    check(form)


@pytest.mark.slow
@many
@given(forms())
def test_many_forms_do(form: Form) -> None:
    check(form)
