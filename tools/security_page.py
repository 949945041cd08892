"""Write the tables of pages from those in the code; --check only compares."""

from __future__ import annotations

import inspect
import re
import sys
from collections import defaultdict
from pathlib import Path
from typing import TYPE_CHECKING

import generated
from mlops.guardrails.table import examples, table
from mlops_contract.bound_actions import unbound
from mlops_contract.callers import DOCUMENTED, callers
from mlops_contract.endpoints import APIS
from mlops_contract.limits import LIMITS, WITHOUT_LIMITS
from promises.catalog import PROMISES
from promises.controls import controls
from promises.scope import CALLERS, OUTSIDE
from promises.sources import UNNAMED
from promises.world.type_reviews import UNJUDGED, reasons, reviews

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

PROJECT = Path(__file__).resolve().parents[1]
PAGE = PROJECT / "docs" / "security.md"
GUARDRAILS = PROJECT / "docs" / "guardrails.md"
_BLOCK = re.compile(r"(<!-- from the code: (\w+) -->\n).*?(<!-- end -->)", re.DOTALL)
_OPEN = "left open: "
# For the parameters of the perimeter's functions: who it is, and what opens most.
_GIVEN = {
    "auditor_arn": "auditors",
    "by_service": True,
    "deployer_arn": "the role that CloudFormation deploys under",
    "emits_events": True,
    "keep": False,
    "lock": True,
    "model_arn": "the role of models",
    "orchestration_arn": "the role of a pipeline",
    "pipeline_arn": "CodePipeline's role",
    "places": {"who registers versions of models": "models/"},
    "prefix": "its artifacts",
    "prefixes": ("the tables of a query",),
    "reads": True,
    "reporting": {"the role of a build": "its reports"},
    "role_arn": "the role of a job that queries",
}


_EXEMPT = {
    "": "nobody",
    "deployers": "who deploys",
    "platform": "who deploys, and roles of the environments",
    "senders": "roles that send data, by `senders` in the settings",
    "operators": "who deploys, roles of the environments, and `--operator`",
}


def _table(head: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    lines = [head, ["---"] * len(head), *rows]
    return "\n".join(f"| {' | '.join(row)} |" for row in lines)


def _callers() -> str:
    rows = ((each.who, each.written, each.asked) for each in CALLERS)
    return _table(("Caller", "As a policy names it", "In the model"), rows)


def _outside() -> str:
    ways = [
        (each.removeprefix(_OPEN), f"nothing: promise {promise.number} leaves it open")
        for promise in PROMISES
        for each in promise.assumptions
        if each.startswith(_OPEN)
    ]
    return _table(("Outside the model", "What stands for it"), (*OUTSIDE, *ways))


def _endpoints() -> str:
    rows = (
        (
            f"`{each.name}`",
            "no" if each.without_policy else "yes",
            f"`{each.group}`" if each.group else "only where it is called",
            each.caller,
            each.without_policy or "the service's guide, VPC endpoints",
        )
        for each in sorted(APIS, key=lambda each: each.name)
    )
    return _table(("Endpoint", "Has a policy", "Group that adds it", "For", "Source"), rows)


def _limits() -> str:
    rows = (
        (
            f"`{each.kind}`",
            f"`{each.property}`",
            f"{each.most:,}{' of them' if each.counts else ''}",
            f"{each.source}{'; inferred: ' if each.inferred else ''}{each.inferred}",
        )
        for each in LIMITS
    )
    free = ", ".join(f"`{each}`" for each in WITHOUT_LIMITS)
    table = _table(("Type", "Property", "Most", "Source"), rows)
    return f"{table}\n\nAWS documents no size for types {free}."


def _promises() -> str:
    rows = (
        (str(each.number), each.statement, each.enforced_by, "; ".join(each.assumptions))
        for each in PROMISES
    )
    return _table(("", "In words", "Enforced by", "Assumes"), rows)


def _words() -> str:
    rows = [
        (f"`{word}`", str(means[0] if isinstance(means, list) else means))
        for group in ("harmless", "judged")
        for word, means in reasons()[group].items()
    ]
    return _table(("Word", "Meaning"), rows)


def _types() -> str:
    kinds: dict[str, list[str]] = defaultdict(list)
    for kind in reviews():
        _, service, name = kind.split("::")
        kinds[service].append(name)
    rows = ((service, ", ".join(sorted(names))) for service, names in sorted(kinds.items()))
    return f"{len(reviews())} types:\n\n" + _table(("Service", "Types"), rows)


def _breaking() -> str:
    rows = (
        (f"`{kind}`", str(number), why)
        for kind, row in sorted(reviews().items())
        for number, why in row.breaks.items()
    )
    return _table(("Type", "Breaks", "Since"), rows)


def _unjudged() -> str:
    rows = (
        (f"`{kind}`", ", ".join(sorted(".".join(path) for path in row.of(UNJUDGED))))
        for kind, row in sorted(reviews().items())
        if row.of(UNJUDGED)
    )
    return _table(("Type", "Properties that nobody has judged"), rows)


def _unnamed() -> str:
    rows = ((f"`{service}`", why) for service, why in sorted(UNNAMED.items()))
    return _table(("Service", "Cannot say for which environment, since"), rows)


def _work() -> str:
    table = callers()
    rows: dict[tuple[str, str, str, str], list[str]] = defaultdict(list)
    known = [*((name, table.of(name)) for name in table.roles), *table.services.items()]
    for name, work in known:
        for each in work:
            rows[each.status, each.work, each.origin, each.source].append(f"`{name}`")
    shown = {key: who for key, who in rows.items() if key[0] != DOCUMENTED}
    total = f"{len(rows)} rows, {len(rows) - len(shown)} of them documented; the others:"
    return f"{total}\n\n" + _table(
        ("Status", "What", "Who", "From", "Source"),
        (
            (status, what, ", ".join(dict.fromkeys(who)), origin, source)
            for (status, what, origin, source), who in sorted(shown.items())
        ),
    )


def _exceptions() -> str:
    from stacks import perimeter

    rows: dict[tuple[str, str, str], list[str]] = defaultdict(list)
    for name, opens in inspect.getmembers(perimeter, inspect.isfunction):
        if name.endswith("_exceptions"):
            for each in opens(**{one: _GIVEN[one] for one in inspect.signature(opens).parameters}):
                place = "the bucket itself" if each.prefix is None else f"below {each.prefix}"
                by = " (through a service)" if each.via_service else ""
                rows[each.principal, place, each.reason].append(f"`{each.action}`{by}")
    return _table(
        ("Who", "Where", "May", "Since"),
        (
            (who, place, ", ".join(sorted(set(actions))), why)
            for (who, place, why), actions in sorted(rows.items())
        ),
    )


def _unbound() -> str:
    table = unbound()
    rows = [(each.roles, "everything", each.why, each.source) for each in table.roles]
    for each in table.actions:
        who = each.only or [service.partition(".")[0] for service in each.by]
        actions = ", ".join(f"`{action}`" for action in each.actions)
        rows.append((tuple(who), actions, each.why, each.source))
    return _table(
        ("Who", "May from anywhere", "Since", "Source"),
        ((", ".join(f"`{one}`" for one in who), *others) for who, *others in rows),
    )


def _controls() -> str:
    tables = (
        f"{catalogue.name}, {catalogue.version} ({catalogue.source}):\n\n"
        + _table(
            ("Control", "Promises"),
            (
                (f"{each.id} {each.title}", ", ".join(each.promises) or each.because)
                for each in catalogue.controls
            ),
        )
        for catalogue in controls().catalogues
    )
    without = (f"Promise {one} supports none: {why}." for one, why in controls().unmapped.items())
    return "\n\n".join((*tables, *without))


def _guardrails() -> str:
    rows = (
        (f"`{each.sid}`", each.why, _EXEMPT[each.unless]) for each in (*table().scps, *table().rcps)
    )
    return _table(("Statement", "Since", "But for"), rows)


def _examples() -> str:
    rows = (
        (name.rpartition("/")[2], sid, ", ".join(f"`{one}`" for one in each.by) or each.because)
        for name, statements in examples().items()
        for sid, each in statements.items()
    )
    return _table(("Example", "Statement", "Here"), rows)


BLOCKS = {
    "callers": _callers,
    "outside": _outside,
    "promises": _promises,
    "words": _words,
    "types": _types,
    "breaking": _breaking,
    "unjudged": _unjudged,
    "exceptions": _exceptions,
    "unnamed": _unnamed,
    "endpoints": _endpoints,
    "limits": _limits,
    "work": _work,
    "unbound": _unbound,
    "controls": _controls,
    "guardrails": _guardrails,
    "examples": _examples,
}


def page(text: str) -> str:
    """Return the page with its tables as the code has them."""
    return _BLOCK.sub(lambda found: f"{found[1]}\n{BLOCKS[found[2]]()}\n\n{found[3]}", text)


def main() -> int:
    """Write the page, or report that it is out of date."""
    return max(
        generated.write(
            file,
            page(file.read_text(encoding="utf-8")),
            f"docs/{file.name}: its tables are out of date; run: make format",
        )
        for file in (PAGE, GUARDRAILS)
    )


if __name__ == "__main__":
    sys.exit(main())
