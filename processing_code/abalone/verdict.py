"""The gate's verdict: all checks of a challenger, in figures and in words."""

from __future__ import annotations

from typing import Any

from abalone.gate import POOLED_ROWS, TEST_ROWS
from abalone.origin import is_fair
from tabular.paired import POWER

NAMED = 5
"""How many failed checks a message names; the report has all."""
_KINDS = {True: "synthetic rows", False: "rows that are not marked as synthetic"}


def verdict_of(
    checks: list[dict[str, Any]], significance: float, notes: list[str]
) -> dict[str, Any]:
    """Sum up the checks.

    Every figure is always a number, because condition steps read them.
    """
    overall = [check for check in checks if check["name"] in {TEST_ROWS, POOLED_ROWS}]
    decisive = overall[-1] if overall else {}
    return {
        "failed": sum(check["failed"] for check in checks),
        "significance": significance,
        "power": POWER,
        "rows": decisive.get("rows", 0),
        "mse_above_champion": decisive.get("loss", 0.0),
        "mse_above_champion_standard_error": decisive.get("standard_error", 0.0),
        "smallest_detectable_loss": decisive.get("smallest_detectable", 0.0),
        "summary": _summary(checks, decisive, notes),
        "notes": notes,
        "checks": checks,
    }


def notes_on_champion(
    name: str, champion: dict[str, Any], rows: dict[str, Any]
) -> tuple[list[str], bool]:
    """Return what a person must know of the champion, and whether its errors decide."""
    if not is_fair(champion, rows):
        unfair = (
            f"{name} was trained before the split changed and may have learned from these test "
            "rows, so its errors on them decide nothing"
        )
        return [unfair], False
    theirs, ours = champion["synthetic"], rows["synthetic"]
    if theirs != ours:
        return [f"{name} was trained on {_KINDS[theirs]} and is compared on {_KINDS[ours]}"], True
    return [], True


def _summary(checks: list[dict[str, Any]], decisive: dict[str, Any], notes: list[str]) -> str:
    failed = [words_of(check) for check in checks if check["failed"]]
    more = f"; and {len(failed) - NAMED} more" if len(failed) > NAMED else ""
    parts = [f"failed: {'; '.join(failed[:NAMED])}{more}"] if failed else []
    if decisive:
        parts.append(
            f"MSE {decisive['loss']:+.3g} to the champion's on {decisive['rows']} rows, where a "
            f"loss of {decisive['smallest_detectable']:.2g} is found in {POWER:.0%} of cases"
        )
    return ". ".join([*parts, *notes]) or "no champion to compare with"


def words_of(check: dict[str, Any]) -> str:
    """Say a check's result."""
    match check["figure"]:
        case "mse":
            sure = 1 - check["significance"]
            return (
                f"{check['name']}: MSE {check['loss']:+.3g}, with {sure:.3g} confidence at least "
                f"{check['at_least']:+.3g} ({check['allowed']:.2g} allowed, "
                f"{check['smallest_detectable']:.2g} detectable)"
            )
        case "coverage":
            return f"{check['name']}: {check['challenger']:.1%} ({check['allowed']:.1%} allowed)"
        case _:
            return (
                f"{check['name']}: {check['challenger']}, the champion had {check['champion']} "
                f"(at least {check['allowed']:g} wanted)"
            )
