"""The graph of a pipeline as inline SVG, coloured by the page's style."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise
from typing import TYPE_CHECKING

from markupsafe import Markup, escape

from pipeline_local.report.layout import arrange

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

_WIDTH, _HEIGHT = 208, 64  # of a node, in SVG units (pixels unless scaled)
_GAP_ALONG, _GAP_ACROSS = 40, 22
_MARGIN = 6
_LONGEST_NAME = 20


@dataclass(frozen=True)
class Node:
    """A step as it is drawn."""

    name: str
    kind: str
    status: str
    symbol: str  # the status as a sign, for those who do not see colours
    took: str  # the duration as text, or empty


def draw(
    nodes: Sequence[Node],
    waits: Mapping[str, set[str]],
    labels: Mapping[tuple[str, str], str],
    *,
    downwards: bool,
) -> Markup:
    """Draw a graph without cycles: an `svg` element with a title and a description in words."""
    layout = arrange(waits)
    along = _HEIGHT if downwards else _WIDTH
    cross = _WIDTH if downwards else _HEIGHT

    def point(place: tuple[float, float]) -> tuple[float, float]:
        forward = _MARGIN + place[0] * (along + _GAP_ALONG) + along / 2
        sideways = _MARGIN + place[1] * (cross + _GAP_ACROSS) - _GAP_ACROSS / 2
        return (sideways, forward) if downwards else (forward, sideways)

    length = 2 * _MARGIN + layout.layers * (along + _GAP_ALONG) - _GAP_ALONG
    breadth = 2 * _MARGIN + layout.breadth * (cross + _GAP_ACROSS) - _GAP_ACROSS
    width, height = (breadth, length) if downwards else (length, breadth)
    parts: list[Markup] = []
    skipped = {node.name for node in nodes if node.status in ("NotTaken", "Waiting")}
    for (one, other), route in layout.routes.items():
        points = [point(place) for place in route]
        faint = " faint" if one in skipped or other in skipped else ""
        path = _curve(points, along, downwards=downwards)
        parts.append(Markup('<path class="edge{}" d="{}"/>').format(faint, path))
        if label := labels.get((one, other)):
            parts.append(_label(points, label, along, downwards=downwards))
    parts += [_node(node, *point(layout.places[node.name])) for node in nodes]
    which = "down" if downwards else "right"
    words = "; ".join(
        f"{node.name} ({node.kind}): {node.status}"
        + (f", after {', '.join(sorted(waits[node.name]))}" if waits[node.name] else "")
        for node in nodes
    )
    return Markup(
        '<svg class="graph {which}" viewBox="0 0 {w:g} {h:g}" width="{w:g}" height="{h:g}" '
        'role="img" aria-labelledby="graph-{which}-title graph-{which}-text">'
        '<title id="graph-{which}-title">Graph of the pipeline</title>'
        '<desc id="graph-{which}-text">{words}</desc>{body}</svg>'
    ).format(
        which=which, w=round(width, 1), h=round(height, 1), words=words, body=Markup("").join(parts)
    )


def _curve(points: list[tuple[float, float]], along: float, *, downwards: bool) -> str:
    """Draw from the end of one node to the start of the other, straight past those between."""
    drawn: list[str] = []
    for (x1, y1), (x2, y2) in pairwise(points):
        half = along / 2
        if downwards:
            start, end, middle = (x1, y1 + half), (x2, y2 - half), (y1 + y2) / 2
            bend = f"{x1:.1f} {middle:.1f} {x2:.1f} {middle:.1f}"
        else:
            start, end, middle = (x1 + half, y1), (x2 - half, y2), (x1 + x2) / 2
            bend = f"{middle:.1f} {y1:.1f} {middle:.1f} {y2:.1f}"
        step = "L" if drawn else "M"
        drawn.append(f"{step}{start[0]:.1f} {start[1]:.1f}C{bend} {end[0]:.1f} {end[1]:.1f}")
    return "".join(drawn)


def _label(
    points: list[tuple[float, float]], text: str, along: float, *, downwards: bool
) -> Markup:
    (x1, y1), (x2, y2) = points[-2:]
    if downwards:
        x, y = (x1 + x2) / 2, (y1 + y2) / 2 - 6
    else:
        x, y = x2 - along / 2 - _GAP_ALONG / 4 - 4, y2 + (16 if y2 >= y1 else -8)
    return Markup('<text class="branch" x="{:.1f}" y="{:.1f}">{}</text>').format(x, y, text)


def _node(node: Node, x: float, y: float) -> Markup:
    name = node.name
    if len(name) > _LONGEST_NAME:
        name = f"{name[: _LONGEST_NAME - 1]}…"
    second = " · ".join(filter(None, [node.kind, node.took]))
    return Markup(
        '<g class="node {status}"><title>{full}: {status}</title>'
        '<rect x="{left:.1f}" y="{top:.1f}" width="{w}" height="{h}" rx="10"/>'
        '<text class="symbol" x="{symbol_x:.1f}" y="{first:.1f}">{symbol}</text>'
        '<text class="name" x="{text_x:.1f}" y="{first:.1f}">{name}</text>'
        '<text class="kind" x="{text_x:.1f}" y="{second_y:.1f}">{second}</text></g>'
    ).format(
        status=escape(node.status), full=node.name, name=name, symbol=node.symbol, second=second,
        left=x - _WIDTH / 2, top=y - _HEIGHT / 2, w=_WIDTH, h=_HEIGHT,
        symbol_x=x - _WIDTH / 2 + 17, text_x=x - _WIDTH / 2 + 32,
        first=y - 4, second_y=y + 16,
    )  # fmt: skip
