"""The facts of a run as one HTML page without external references."""

from __future__ import annotations

import base64
import math
from typing import TYPE_CHECKING, Any

from pipeline_local.report.evaluation import comparison, gates, metrics
from pipeline_local.report.facts import time_of
from pipeline_local.report.graph import Node, draw
from pipeline_local.report.lineage import digest_of
from pipeline_local.report.outputs import documents
from pipeline_local.report.profile import baseline, compared, data_profile, violations

if TYPE_CHECKING:
    from markupsafe import Markup

    from pipeline_local.report.facts import Facts

# Text alternatives of the evaluation's plots.
_ALT = {
    "calibration": "Calibration: mean of the true values against the mean of the predictions",
    "importance": "Feature importance: how much each feature adds to the predictions",
    "residuals": "Residuals: error of each prediction against the predicted value",
}
_KIB = 1024


def render(facts: Facts) -> str:
    """Render the page."""
    from jinja2 import Environment, PackageLoader, StrictUndefined

    environment = Environment(
        loader=PackageLoader("pipeline_local.report", "."),
        autoescape=True,
        trim_blocks=True,
        lstrip_blocks=True,
        undefined=StrictUndefined,
    )
    environment.filters |= {"number": number, "size": _size, "digest": digest_of, "time": time_of}
    checked = {output.step for output in facts.baselines}
    return environment.get_template("page.html").render(
        facts=facts,
        run=facts.state,
        graphs=_graphs(facts),
        metrics=metrics(facts.outputs),
        comparison=comparison(facts.outputs),
        gates=gates(facts.outputs),
        plots=_plots(facts),
        profile=data_profile(facts.outputs),
        baseline=baseline([o for o in facts.outputs if o.step not in checked]),
        compared=compared(facts.baselines, facts.outputs),
        violations=violations(facts.outputs),
        reports=[o.step for o, _ in documents(facts.outputs, "data_report.json")],
    )


def number(value: Any) -> str:
    """Format a number to four significant digits, whole ones whole; everything else as text."""
    if isinstance(value, bool) or not isinstance(value, int | float) or not math.isfinite(value):
        return str(value)
    if float(value).is_integer():
        return f"{int(value):,}"
    return f"{value:.4g}"


def _size(count: int) -> str:
    if count < _KIB:
        return f"{count} B"
    if count < _KIB * _KIB:
        return f"{count / _KIB:.1f} KiB"
    return f"{count / _KIB / _KIB:.1f} MiB"


def _graphs(facts: Facts) -> list[Markup]:
    nodes = [
        Node(step.name, step.type, step.status, step.symbol, step.took) for step in facts.steps
    ]
    return [draw(nodes, facts.waits, facts.sides, downwards=down) for down in (False, True)]


def _plots(facts: Facts) -> list[dict[str, str]]:
    plots = []
    for output in facts.outputs:
        for file in output.files:
            if file.name.endswith(".png") and file.content is not None:
                stem = file.name.rsplit("/", 1)[-1].removesuffix(".png")
                encoded = base64.b64encode(file.content).decode()
                plots.append(
                    {
                        "source": f"data:image/png;base64,{encoded}",
                        "alt": _ALT.get(stem, f"{stem}, drawn by {output.step}"),
                        "caption": f"{stem.replace('_', ' ').capitalize()} ({output.step})",
                    }
                )
    return plots
