"""Reports of a mutation run, for people and for programs."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING, Any

from promises.mutation.judging import Fate

if TYPE_CHECKING:
    from collections.abc import Sequence

    from promises.mutation.fault import Fault
    from promises.mutation.judging import Verdict

    Judged = Sequence[tuple[Fault, Verdict]]


def counts(judged: Judged) -> dict[str, Counter[Fate]]:
    """Count fates by kind of fault."""
    found: dict[str, Counter[Fate]] = {}
    for fault, verdict in judged:
        found.setdefault(fault.kind, Counter())[verdict.fate] += 1
    return found


def facts(judged: Judged, seconds: float) -> dict[str, Any]:
    """Return everything as a JSON object."""
    total = Counter(verdict.fate for _, verdict in judged)
    return {
        "seeded": len(judged),
        **{fate.value: total[fate] for fate in Fate},
        "seconds": round(seconds, 1),
        "kinds": {
            kind: {fate.value: count[fate] for fate in Fate}
            for kind, count in counts(judged).items()
        },
        "faults": [verdict.as_json(fault) for fault, verdict in judged],
    }


def print_report(judged: Judged, seconds: float) -> None:
    """Print the table, then every fault that was not caught with the reason."""
    from rich.console import Console
    from rich.table import Table

    table = Table(box=None, pad_edge=False)
    table.add_column("Kind of fault")
    for head in ("seeded", *(fate.value for fate in Fate)):
        table.add_column(head, justify="right")
    by_kind = counts(judged)
    for kind, count in (*by_kind.items(), ("in all", sum(by_kind.values(), Counter()))):
        table.add_row(kind, str(count.total()), *(str(count[fate]) for fate in Fate))
    console = Console(highlight=False, soft_wrap=True)
    console.print(table)
    for fate, head in (
        (Fate.HARMLESS, "Harmless: proved that nothing passes which the original refuses"),
        (Fate.SURVIVED, "Survived: no promise is about what passes now"),
    ):
        listed = [each for each in judged if each[1].fate is fate]
        if listed:
            console.print(f"\n{head}", markup=False)
        for fault, verdict in listed:
            line = f"  {fault.name} {fault.kind}: {fault.where}: {fault.what}"
            console.print(line, markup=False)
            if fate is Fate.SURVIVED:
                console.print(f"      {verdict.reason}", markup=False)
    console.print(f"\n{seconds:.0f} s in all")
