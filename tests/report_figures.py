"""A report's figures beside the files that they claim to show, read and formatted anew.

Closed in two ways: every word of the page with a digit must be in a file of its section, and every
figure of a table or tile must be the one that its row, column or name asks for.
"""

from __future__ import annotations

import hashlib
import json
import re
from datetime import datetime
from html.parser import HTMLParser
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.report_files import Files

_WORD = re.compile(r"[^\s()\[\]{};,·]*\d[^\s()\[\]{};]*")
_BAR = re.compile(r"[^:\s]+: [\d.e+]+$")
_STATISTICS = {"Mean": "mean", "Std. dev.": "std_dev", "Min.": "min", "Max.": "max"}
# What the page says by itself: ends of scales, and the name of the hash.
_ITS_OWN = {"compared": "0 1", "lineage": "SHA-256 sha256 S3", "data": "SHA-256"}


class Page(HTMLParser):
    """The words of each section, and its tables and named values."""

    def __init__(self, source: str) -> None:
        super().__init__()
        self.words: list[tuple[str, str]] = []
        self.tables: list[tuple[str, list[list[str]]]] = []
        self.named: list[tuple[str, str, str]] = []
        self._section, self._inside = "", [""]
        self.feed(source)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = dict(attrs)
        if tag == "section":
            self._section = given.get("id") or ""
        self._inside.append(tag)
        if tag == "table":
            self.tables.append((self._section, []))
        elif tag == "tr":
            self.tables[-1][1].append([])
        elif tag in {"td", "th"}:
            self.tables[-1][1][-1].append("")
        elif tag == "dt":
            self.named.append((self._section, "", ""))
        if label := given.get("aria-label"):
            self.words.append((self._section, label))
        if tag in {"meta", "link", "img", "br", "rect", "line", "path"}:
            self._inside.pop()

    def handle_endtag(self, tag: str) -> None:
        while self._inside and self._inside.pop() != tag:
            pass
        if tag == "section":
            self._section = ""

    def handle_data(self, data: str) -> None:
        if "style" in self._inside or not data.strip():
            return
        self.words.append((self._section, data))
        if ("td" in self._inside or "th" in self._inside) and "svg" not in self._inside:
            rows = self.tables[-1][1]
            rows[-1][-1] = f"{rows[-1][-1]} {data.strip()}".strip()
        if "dt" in self._inside and "small" not in self._inside:
            section, name, value = self.named[-1]
            self.named[-1] = (section, name + data.strip(), value)
        if "dd" in self._inside:
            section, name, value = self.named[-1]
            self.named[-1] = (section, name, f"{value} {data.strip()}".strip())


def wrong(source: str, files: Files) -> list[str]:
    """List what the page shows and no file has, or another than the one asked for."""
    page = Page(source)
    known = {name: set(_words(texts)) for name, texts in _texts(files).items()}
    found = [
        f"{section or 'head'}: {word}"
        for section, text in page.words
        for word in _words([text])
        if word not in known.get(section, set())
    ]
    return [*found, *_wrong_tables(page, files), *_wrong_values(page, files)]


def shown(value: Any) -> str:
    """Format a figure as a report is to show it."""
    if isinstance(value, bool) or not isinstance(value, int | float):
        return str(value)
    return f"{int(value):,}" if float(value).is_integer() else f"{value:.4g}"


def _words(texts: Any) -> Iterator[str]:
    for text in texts:
        yield from (word.strip(".,:'\"") for word in _WORD.findall(str(text)))


def _leaves(value: Any) -> Iterator[str]:
    if isinstance(value, dict):
        for name, each in value.items():
            yield str(name)
            yield from _leaves(each)
    elif isinstance(value, list):
        for each in value:
            yield from _leaves(each)
    else:
        yield from {str(value), shown(value)}
        if isinstance(value, float | int):
            yield from (f"{value:g}", f"{value:.1%}")


def _duration(step: dict[str, Any]) -> str:
    if not step["started"] or not step["ended"]:
        return ""
    begun, ended = (datetime.fromisoformat(step[name]) for name in ("started", "ended"))
    seconds = (ended - begun).total_seconds()
    whole = round(seconds)
    return f"{seconds:.1f} s" if seconds < 60 else f"{whole // 60} min {whole % 60:02d} s"


def _time(stamp: str | None) -> str:
    return f"{datetime.fromisoformat(stamp):%Y-%m-%d %H:%M:%S} UTC" if stamp else ""


def _size(count: int) -> str:
    return f"{count} B {count / 1024:.1f} KiB {count / 1024**2:.1f} MiB"


def _texts(files: Files) -> dict[str, list[str]]:
    """Return what each section may take its words from."""
    state, steps = files.state, files.state["steps"]
    head = [state[name] for name in ("run_id", "pipeline", "pipeline_name", "region", "failure")]
    violations = files.documents("constraint_violations.json")
    count = str(sum(len(found["violations"]) for found in violations))
    times = [_duration(each) for each in (state, *steps.values())]
    times += [_time(each["started"]) for each in (state, *steps.values())]
    checks = [
        *(files.used("statistics"), files.used("constraints")),
        *(files.made("statistics", checked=True), files.made("constraints", checked=True)),
    ]
    registered = [files.made(kind, checked=False) for kind in ("statistics", "constraints")]
    texts: dict[str, Any] = {
        "": [head, state["notes"], times, count, state["environment"]],
        "failure": [head, list(files.logs.values())],
        "pipeline": [
            *(times, list(steps)),
            [[step["type"], step["properties"].get("Conditions")] for step in steps.values()],
            [step["properties"].get("FinalMetricDataList") for step in steps.values()],
            [[step["reused_from"], str(step["attempts"])] for step in steps.values()],
        ],
        "evaluation": [files.documents("evaluation.json"), list(steps)],
        "model": files.models,
        "data": [files.documents("data_report.json"), state["data"]],
        "violations": violations,
        "compared": [checks, _bins(checks), files.documents("figures.json")],
        "baseline": [registered, _bins(registered)],
        "lineage": list(_lineage(files)),
        "parameters": state["parameters"],
        "logs": [
            f"build/runs/{state['run_id']}/logs",
            [[log, _shown_lines(log)] for log in files.logs.values()],
        ],
    }
    return {name: [*_leaves(value), _ITS_OWN.get(name, "")] for name, value in texts.items()}


def _shown_lines(log: str) -> str:
    """Count the lines of a log's end."""
    return str(min(40, sum(bool(line.strip()) for line in log.splitlines())))


def _bins(sides: list[dict[str, Any]]) -> list[str]:
    """Count the bars of each distribution."""
    return [
        str(len(spread["buckets"]))
        for features in sides
        for feature in features.values()
        for kind in ("numerical_statistics", "string_statistics")
        for spread in feature.get(kind, {}).get("distribution", {}).values()
        if "buckets" in spread
    ]


def _lineage(files: Files) -> Iterator[str]:
    places = set(re.findall(r"s3://[^\"\\]+", json.dumps(files.state)))
    hashes = re.findall(r"[0-9a-f]{64}", json.dumps(files.state))
    for place in sorted(places):
        below = f"{place.rstrip('/')}/"
        held = {
            uri.removeprefix(below) if uri != place else uri.rsplit("/", 1)[-1]: content
            for uri, content in sorted(files.objects.items())
            if uri == place or uri.startswith(below)
        }
        sums = {name: hashlib.sha256(content).hexdigest() for name, content in held.items()}
        listed = "".join(f"{digest}  {name}\n" for name, digest in sums.items())
        hashes += [*sums.values(), hashlib.sha256(listed.encode()).hexdigest()]
        yield from (place, str(len(held)), *held, *(_size(len(each)) for each in held.values()))
    for digest in hashes:
        yield from (digest, digest[:12], digest[12:])


def _wrong_tables(page: Page, files: Files) -> Iterator[str]:
    figures = {
        name: distance
        for found in files.documents("figures.json")
        for name, distance in found.get("figures", {}).get("DriftDistanceByFeature", {}).items()
    }
    checks = {
        check["name"]: check
        for found in files.documents("evaluation.json")
        for check in found.get("gate", {}).get("checks", [])
    }
    sides = {
        "baseline": (files.made("statistics", checked=False), files.used("statistics")),
        "checked": ({}, files.made("statistics", checked=True)),
    }
    for section, (titles, *rows) in page.tables:
        for row in rows:
            cells = dict(zip(titles, row, strict=False))
            if section == "evaluation":
                check = max((n for n in checks if row[0].startswith(n)), key=len)
                asked = {t: checks[check].get(t.lower().replace(" ", "_"), "") for t in titles[1:]}
                asked["Result"] = "failed" if checks[check]["failed"] else "passed"
            elif section in {"compared", "baseline"}:
                feature = sides[cells.get("Data", "baseline")][section == "compared"]
                asked = _column(feature.get(row[0].split()[0]), cells, figures)
            else:
                continue
            for title, value in asked.items():
                if cells.get(title, "") != shown(value):
                    yield f"{section}: {row[0]}, {title}: {cells.get(title)} is not {shown(value)}"


def _column(
    feature: dict[str, Any] | None, cells: dict[str, str], distances: dict[str, float]
) -> dict[str, Any]:
    if feature is None:
        return {"Distribution": "no such column"}
    numbers = feature.get("numerical_statistics", {})
    asked = {title: numbers.get(key, "") for title, key in _STATISTICS.items()}
    asked["Missing"] = (numbers or feature["string_statistics"])["common"]["num_missing"]
    if cells.get("Data") == "checked":
        asked["Distance"] = distances.get(feature["name"], "")
    return asked


def _wrong_values(page: Page, files: Files) -> Iterator[str]:
    asked: dict[tuple[str, str], str] = {
        ("parameters", name): str(value) for name, value in files.state["parameters"].items()
    }
    for found in files.documents("evaluation.json"):
        for name, metric in found["regression_metrics"].items():
            spread = f" ± {shown(metric['standard_deviation'])}"
            asked["evaluation", name] = shown(metric["value"]) + spread
        champion = found["champion"]
        asked["evaluation", "this model"] = shown(found["regression_metrics"]["mse"]["value"])
        asked["evaluation", "a constant guess"] = shown(found["baseline"]["mse"]["value"])
        if champion.get("present"):
            asked["evaluation", "champion"] = shown(champion["mse"]["value"])
    for found in files.documents("data_report.json"):
        for name, count in found["rows"].items():
            if isinstance(count, int):
                asked["data", name.replace("_", " ")] = shown(count)
        yield from _wrong_data(page, found)
    there = {(section, name): value for section, name, value in page.named}
    for (section, name), value in asked.items():
        if there.get((section, name)) != value:
            yield f"{section}: {name}: {there.get((section, name))} is not {value}"


def _wrong_data(page: Page, report: dict[str, Any]) -> Iterator[str]:
    texts = [text for section, text in page.words if section == "data"]
    reasons = "; ".join(
        f"{shown(reason['count'])} where {reason['meaning']}"
        for reason in report["rows"].get("reasons", {}).values()
        if reason["count"]
    )
    said = [text for text in texts if text.startswith("Rejected:")]
    if said != ([f"Rejected: {reasons}."] if reasons else []):
        yield f"data: {said} is not {reasons}"
    bars = [
        f"{label}: {count:g}"
        for column in report.get("columns", {}).values()
        for label, count in column.get("counts", {}).items()
    ]
    drawn = [text for text in texts if _BAR.match(text)]
    if drawn != bars:
        yield f"data: the bars {drawn} are not {bars}"
