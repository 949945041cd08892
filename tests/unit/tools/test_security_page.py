"""The tables of `docs/security.md` are those in the code."""

from __future__ import annotations

import re
import sys
from importlib.util import module_from_spec, spec_from_file_location
from typing import TYPE_CHECKING

from iam_prover.principals import NameKind
from promises.catalog import PROMISES
from promises.scope import CALLERS, OUTSIDE
from tests.synthesis import PROJECT

if TYPE_CHECKING:
    from pathlib import Path

    import pytest


def test_the_shipped_page_says_what_the_code_says(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    spec = spec_from_file_location("security_page", PROJECT / "tools" / "security_page.py")
    assert spec is not None
    assert spec.loader is not None
    tool = module_from_spec(spec)
    spec.loader.exec_module(tool)
    shipped = tool.PAGE.read_text()
    assert tool.page(shipped) == shipped, "run: make format"
    other = tool.GUARDRAILS.read_text()
    assert tool.page(other) == other, "run: make format"
    assert all(f"<!-- from the code: {name} -->" in shipped + other for name in tool.BLOCKS)
    for what, _ in OUTSIDE:
        page = tmp_path / "security.md"
        page.write_text(shipped.replace(what, "nothing"))
        monkeypatch.setattr(tool, "PAGE", page)
        monkeypatch.setattr(sys, "argv", ["security_page.py", "--check"])
        assert tool.main() == 1
        assert "run: make format" in capsys.readouterr().err
        monkeypatch.setattr(sys, "argv", ["security_page.py"])
        assert tool.main() == 0
        assert page.read_text() == shipped


def test_every_table_but_that_of_the_evidence_is_made_from_the_code() -> None:
    page = (PROJECT / "docs" / "security.md").read_text()
    by_hand = re.sub(r"<!-- from the code: .*?<!-- end -->", "", page, flags=re.DOTALL)
    heads = re.findall(r"^(\|.*\|)\n\| ?-", by_hand, re.MULTILINE)
    assert heads == ["| File | What it is |"]
    left = [each for promise in PROMISES for each in promise.assumptions if "left open" in each]
    rows = page.partition("| Outside the model |")[2].partition("<!-- end -->")[0]
    assert rows.count("\n|") == 1 + len(OUTSIDE) + len(left)


def test_every_form_of_principal_is_in_the_table_of_callers() -> None:
    assert sorted(name.name for each in CALLERS for name in each.names) == sorted(
        each.name for each in NameKind
    )
