from __future__ import annotations

import html
import re
import shutil
import subprocess
from typing import TYPE_CHECKING

import pytest

from pipeline_local.report.facts import collect
from pipeline_local.report.page import render

if TYPE_CHECKING:
    from pathlib import Path

    from pipeline_local.jobs.storage import ObjectStore
    from pipeline_local.runs.run_state import RunFolder

_BROWSER = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("chrome")
_FLAGS = (
    "--headless --no-sandbox --disable-gpu --no-first-run --disable-background-networking "
    "--disable-component-update --disable-sync --hide-scrollbars --enable-logging=stderr --dump-dom"
)
# Headless Chromium knows no narrow windows: the page is shown in frames of the widths.
_FRAMES = """<!DOCTYPE html><body>{frames}<script>
addEventListener("load", () => {{
  const said = [...document.querySelectorAll("iframe")].map((frame) => {{
    const page = frame.contentDocument;
    page.querySelectorAll("details").forEach((one) => {{ one.open = true; }});
    const shown = [...page.querySelectorAll(".graph")]
      .filter((one) => one.getBoundingClientRect().width > 0)
      .map((one) => one.classList[1]);
    const broken = [...page.images].filter((one) => !one.naturalWidth).length;
    const steps = page.querySelector(".steps").parentElement;
    const cut = steps.scrollWidth > steps.clientWidth ? "cut" : "whole";
    return [frame.width, page.documentElement.scrollWidth, shown.join("+"), broken, cut].join(" ");
  }});
  document.title = said.join(", ");
}});
</script></body>"""


@pytest.mark.skipif(_BROWSER is None, reason="no chromium on this machine")
def test_fits_a_phone_and_a_desk_without_a_complaint(
    folder: RunFolder, store: ObjectStore, tmp_path: Path
) -> None:
    page = html.escape(render(collect(folder, store)))
    frames = "".join(
        f'<iframe width="{width}" height="700" style="border:0" srcdoc="{page}"></iframe>'
        for width in (375, 1200)
    )
    (tmp_path / "frames.html").write_text(_FRAMES.format(frames=frames))
    shown = subprocess.run(
        [
            str(_BROWSER),
            *_FLAGS.split(),
            f"--user-data-dir={tmp_path / 'profile'}",
            (tmp_path / "frames.html").as_uri(),
        ],
        capture_output=True,
        text=True,
        timeout=60,
        check=True,
    )
    title = re.search("<title>(.*?)</title>", shown.stdout)
    assert title is not None
    assert title.group(1) == "375 375 down 0 whole, 1200 1200 right 0 whole"
    assert "CONSOLE" not in shown.stderr
