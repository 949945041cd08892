"""The page to print, in a browser: it fits, shows every promise, and runs nothing of a template."""

from __future__ import annotations

import html
import re
import shutil
import subprocess
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from pathlib import Path

_BROWSER = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("chrome")
_FLAGS = (
    "--headless --no-sandbox --disable-gpu --no-first-run --disable-background-networking "
    "--disable-component-update --disable-sync --hide-scrollbars --enable-logging=stderr --dump-dom"
)
_FRAMES = """<!DOCTYPE html><body>{frames}<script>
addEventListener("load", () => {{
  document.title = [...document.querySelectorAll("iframe")].map((frame) => {{
    const page = frame.contentDocument;
    const cells = [...page.querySelectorAll(".verdicts tbody td.verdict")];
    const breaches = page.querySelectorAll("li.breach").length;
    return [
      frame.width, page.documentElement.scrollWidth, cells.map((one) => one.innerText).join("+"),
      breaches, page.querySelectorAll("b, script").length,
    ].join(" ");
  }}).join(", ");
}});
</script></body>"""


def test_what_a_template_says_is_text(evidence: Path) -> None:
    page = (evidence / "evidence.html").read_text()
    assert "two/Script&lt;b&gt;" in page
    assert "<b>" not in page


@pytest.mark.skipif(_BROWSER is None, reason="no chromium on this machine")
def test_fits_a_phone_a_desk_and_paper(evidence: Path, tmp_path: Path) -> None:
    page = evidence / "evidence.html"
    text = html.escape(page.read_text())
    frames = "".join(
        f'<iframe width="{width}" height="700" style="border:0" srcdoc="{text}"></iframe>'
        for width in (375, 1200)
    )
    (tmp_path / "frames.html").write_text(_FRAMES.format(frames=frames))
    profile = f"--user-data-dir={tmp_path / 'profile'}"
    shown = subprocess.run(
        [str(_BROWSER), *_FLAGS.split(), profile, (tmp_path / "frames.html").as_uri()],
        capture_output=True,
        text=True,
        timeout=60,
        check=True,
    )
    title = re.search("<title>(.*?)</title>", shown.stdout)
    assert title is not None
    said = "broken+broken+not applicable 3 0"
    assert title.group(1) == f"375 375 {said}, 1200 1200 {said}"
    assert "CONSOLE" not in shown.stderr
