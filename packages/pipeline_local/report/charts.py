"""Small charts as inline SVG, coloured by the page's style."""

from __future__ import annotations

from typing import TYPE_CHECKING

from markupsafe import Markup

if TYPE_CHECKING:
    from collections.abc import Sequence

_SMALL = (120, 32)
_LARGE = (640, 180)
_FOOT = 26
_TICKS = 8


def small_bars(counts: Sequence[float], words: str) -> Markup:
    """Draw a distribution as small as a word; empty without counts."""
    if not any(counts):
        return Markup("")
    width, height = _SMALL
    bars = _bars(counts, width, height)
    return Markup(
        '<svg class="spark" viewBox="0 0 {w} {h}" width="{w}" height="{h}" role="img" '
        'aria-label="{words}" preserveAspectRatio="none">{bars}</svg>'
    ).format(w=width, h=height, words=words, bars=bars)


def large_bars(labels: Sequence[str], counts: Sequence[float], words: str) -> Markup:
    """Draw a distribution with an axis; empty without counts."""
    if not any(counts):
        return Markup("")
    width, height = _LARGE
    every = max(1, len(labels) // _TICKS)
    slot = width / len(labels)
    ticks = Markup("").join(
        Markup('<text x="{:.1f}" y="{}">{}</text>').format((i + 0.5) * slot, height - 6, label)
        for i, label in enumerate(labels)
        if i % every == 0
    )
    return Markup(
        '<svg class="bars" viewBox="0 0 {w} {h}" role="img" aria-label="{words}">'
        '{bars}<line x1="0" y1="{y}" x2="{w}" y2="{y}"/>{ticks}</svg>'
    ).format(
        w=width, h=height, y=height - _FOOT, words=words, ticks=ticks,
        bars=_bars(counts, width, height - _FOOT, labels),
    )  # fmt: skip


def _bars(
    counts: Sequence[float], width: float, height: float, labels: Sequence[str] = ()
) -> Markup:
    slot, most = width / len(counts), max(counts)
    gap = min(2.0, slot * 0.15)
    drawn = []
    for index, count in enumerate(counts):
        tall = count / most * (height - 1)
        title = Markup("<title>{}: {:g}</title>").format(labels[index], count) if labels else ""
        drawn.append(
            Markup('<rect x="{:.2f}" y="{:.2f}" width="{:.2f}" height="{:.2f}">{}</rect>').format(
                index * slot + gap / 2, height - tall, slot - gap, tall, title
            )
        )
    return Markup("").join(drawn)
