"""All facts of an audit as one JSON object, from which every other form is made."""

from __future__ import annotations

import hashlib
import json
import platform
import shutil
import uuid
from importlib.metadata import version
from typing import TYPE_CHECKING, Any, Final

from mlops.evidence.templates import place_of
from mlops.review.revisions import git
from promises.controls import controls
from promises.judged import DISTRIBUTIONS
from promises.proving import Verdict

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from mlops.evidence.templates import Template
    from promises.controls import Control
    from promises.judged import Judged
    from promises.proving import Breach, Outcome

TOOL: Final = "secure-mlops"
_NAMESPACE: Final = uuid.uuid5(uuid.NAMESPACE_URL, f"urn:{TOOL}:evidence")
# What is known of several promises together: the first that one of them has.
_WORST: Final = (
    *(Verdict.BROKEN, Verdict.UNKNOWN, Verdict.ASSUMED, Verdict.PROVED),
    Verdict.NOT_APPLICABLE,
)
NOT_ASKED: Final = "not asked"


def facts(
    found: Sequence[Judged],
    templates: Sequence[Template],
    *,
    time: str,
    root: Path,
    limits: Sequence[str] = (),
) -> dict[str, Any]:
    """Return the facts; `limits` are what the proofs were narrowed to, `root` is of the source."""
    asked = [each.promise for each in found[0].outcomes]
    # A promise of one action or role says nothing of a control, unless it is broken.
    whole = not any(each.startswith(("action ", "role ")) for each in limits)
    return {
        "form": f"{TOOL}/evidence/1",
        "time": time,
        "versions": {name: version(name) for name in sorted({TOOL, *DISTRIBUTIONS}, key=str.lower)}
        | {"python": platform.python_version()},
        "revision": _revision(root),
        "asked for": list(limits),
        "templates": [{"file": each.name, "sha256": each.sha256} for each in templates],
        "promises": [
            {
                "id": f"promise-{each.number}",
                "words": each.statement,
                "source": each.source,
                "assumptions": list(each.assumptions),
                "enforced by": each.enforced_by,
                "controls": [
                    f"{catalogue.name} {control.id}"
                    for catalogue, control in controls().of(each.number)
                ],
            }
            for each in asked
        ],
        "environments": [
            {
                "name": each.name,
                "account": each.account,
                "region": each.region,
                "verdicts": [_verdict(outcome, time, templates) for outcome in each.outcomes],
            }
            for each in found
        ],
        "catalogues": [
            {
                "id": each.id,
                "name": each.name,
                "version": each.version,
                "source": each.source,
                "href": each.href,
                "controls": [_control(control, found, whole=whole) for control in each.controls],
            }
            for each in controls().catalogues
        ],
    }


def identifier(*names: str) -> str:
    """Return a UUID of names: the same names, the same UUID."""
    return str(uuid.uuid5(_NAMESPACE, "/".join(names)))


def text_of(value: object) -> str:
    """Return JSON as it is written: the same facts, the same bytes."""
    return json.dumps(value, indent=2, ensure_ascii=False) + "\n"


def digest_of(value: object) -> str:
    """Return the hash of what is written."""
    return hashlib.sha256(text_of(value).encode()).hexdigest()


def _revision(root: Path) -> dict[str, Any] | None:
    commit = git(root, "rev-parse", "HEAD") if shutil.which("git") else ""
    # With its line of the branch, a status is empty only where git fails.
    lines = git(root, "status", "--porcelain", "--branch").splitlines() if commit else []
    return {"commit": commit, "clean": len(lines) == 1 if lines else None} if commit else None


def _verdict(outcome: Outcome, time: str, templates: Sequence[Template]) -> dict[str, Any]:
    return {
        "promise": f"promise-{outcome.promise.number}",
        "verdict": outcome.verdict.value,
        "time": time,
        "claims": outcome.claims,
        "assumed here": list(outcome.assumed),
        "exceptions": list(outcome.exceptions),
        "breaches": [_breach(each, templates) for each in outcome.breaches],
    }


def _breach(breach: Breach, templates: Sequence[Template]) -> dict[str, Any]:
    place = place_of(breach.subject, templates)
    return {
        **breach.as_json(),
        "in words": "" if breach.request is None else str(breach.request),
        "file": place.file,
        "resource": place.name,
        "line": place.line,
    }


def _control(control: Control, found: Sequence[Judged], *, whole: bool) -> dict[str, Any]:
    return {
        "id": control.id,
        "title": control.title,
        "promises": [f"promise-{number}" for number in control.numbers],
        "because": control.because,
        "verdicts": {each.name: _of_control(control, each, whole=whole) for each in found}
        if control.promises
        else {},
    }


def _of_control(control: Control, judged: Judged, *, whole: bool) -> str:
    """Return the worst verdict of a control's promises; one that was not asked leaves it open."""
    verdicts = {each.verdict for each in judged.outcomes if each.promise.number in control.numbers}
    worst = next((each for each in _WORST if each in verdicts), None)
    asked = {each.promise.number for each in judged.outcomes}
    all_of_it = whole and asked.issuperset(control.numbers)
    if worst in (Verdict.BROKEN, Verdict.UNKNOWN) or all_of_it:
        return worst.value if worst else NOT_ASKED
    return NOT_ASKED
