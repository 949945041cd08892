"""The drawing of `docs/architecture.md` is made from the imports."""

from __future__ import annotations

import subprocess
import sys
from graphlib import CycleError
from importlib.util import module_from_spec, spec_from_file_location
from typing import TYPE_CHECKING

import pytest

from tests.synthesis import PROJECT

if TYPE_CHECKING:
    from pathlib import Path
    from types import ModuleType

TOOL = PROJECT / "tools" / "architecture.py"


@pytest.fixture(scope="module")
def tool() -> ModuleType:
    spec = spec_from_file_location("architecture", TOOL)
    assert spec is not None
    assert spec.loader is not None
    module = module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def test_an_arrow_that_a_longer_path_implies_is_removed(tool: ModuleType) -> None:
    arrows = {"a": {"b", "c", "d"}, "b": {"c"}, "c": {"d"}, "d": set()}
    assert tool.reduced(arrows) == {"a": {"b"}, "b": {"c"}, "c": {"d"}, "d": set()}
    # Two paths of one length: both arrows stay.
    diamond = {"a": {"b", "c"}, "b": {"d"}, "c": {"d"}, "d": set()}
    assert tool.reduced(diamond) == diamond


def test_a_cycle_is_refused(tool: ModuleType) -> None:
    with pytest.raises(CycleError):
        tool.drawing({"a": {"b"}, "b": {"c"}, "c": {"a"}})


def test_the_composition_root_is_above_all(tool: ModuleType) -> None:
    arrows = tool.imports()
    assert {"stacks", "promises"} <= arrows["app.py"]
    assert not any("app.py" in others for others in arrows.values())
    assert "    stacks --> secure_mlops_constructs\n" in tool.drawing(arrows)


def test_a_page_that_is_out_of_date_fails_the_check(
    tool: ModuleType,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    page = tmp_path / "architecture.md"
    page.write_text("# Architecture\n\n```mermaid\n```\n")
    monkeypatch.setattr(tool, "PAGE", page)
    monkeypatch.setattr(sys, "argv", ["architecture.py", "--check"])
    assert tool.main() == 1
    assert "run: make format" in capsys.readouterr().err
    monkeypatch.setattr(sys, "argv", ["architecture.py"])
    assert tool.main() == 0
    assert "stacks --> " in page.read_text()


def test_the_shipped_page_is_up_to_date() -> None:
    command = [sys.executable, str(TOOL), "--check"]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert (done.returncode, done.stderr) == (0, "")
