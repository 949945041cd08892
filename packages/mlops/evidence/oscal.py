"""The facts as OSCAL assessment results (NIST, Open Security Controls Assessment Language)."""

from __future__ import annotations

import re
from functools import partial
from typing import TYPE_CHECKING, Any, Final

from mlops.evidence.facts import TOOL, digest_of, identifier

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

    # From names to the UUID that these facts give them.
    Named = Callable[..., str]

VERSION: Final = "1.2.3"
# The catalogue whose controls OSCAL's published catalogue names; the others are properties.
_NIST: Final = "nist-800-53"
_NAMESPACE: Final = f"urn:{TOOL}:evidence"
_CLEAN: Final = {True: "true", False: "false", None: "unknown"}
_STATES: Final = {
    "proved": ("satisfied", "pass"),
    "assumed": ("satisfied", "pass"),
    "broken": ("not-satisfied", "fail"),
}
_SCOPE: Final = (
    "A promise supports the control and is not the whole of it. The verdict is about what the "
    "templates say, under the assumptions of the observations."
)


def assessment_results(facts: dict[str, Any]) -> dict[str, Any]:
    """Return the document; each environment is a result, each promise in it an observation."""
    named = partial(identifier, digest_of(facts))
    plan = named("plan")
    environments = facts["environments"]
    return {
        "assessment-results": {
            "uuid": named("document"),
            "metadata": {
                "title": f"Security promises of {', '.join(each['name'] for each in environments)}",
                "last-modified": facts["time"],
                "version": facts["time"],
                "oscal-version": VERSION,
                "props": [_prop(name.lower(), value) for name, value in facts["versions"].items()],
            },
            "import-ap": {"href": f"#{plan}"},
            "results": [_result(facts, named, each) for each in environments],
            "back-matter": {
                "resources": [
                    {
                        "uuid": plan,
                        "title": "What is asked",
                        "description": "Each promise is asked of every request that the templates' "
                        "policies could decide about: docs/security.md of the project.",
                    },
                    {
                        "uuid": named("facts"),
                        "title": "All facts",
                        "description": "The file beside this one, whose hash manifest.json has.",
                        "rlinks": [{"href": "evidence.json", "media-type": "application/json"}],
                    },
                ]
            },
        }
    }


def _result(facts: dict[str, Any], named: Named, environment: dict[str, Any]) -> dict[str, Any]:
    name = environment["name"]
    catalogue = next(each for each in facts["catalogues"] if each["id"] == _NIST)
    judged = [each for each in catalogue["controls"] if each["promises"]]
    component = named(name)
    return {
        "uuid": named(name, "result"),
        "title": f"Environment {name}",
        "description": "Templates judged by a solver, before a deployment."
        + (f" Asked for {', '.join(facts['asked for'])} only." if facts["asked for"] else ""),
        "start": facts["time"],
        "end": facts["time"],
        "props": list(_revision(facts)),
        "local-definitions": {
            "components": [
                {
                    "uuid": component,
                    "type": "this-system",
                    "title": name,
                    "description": f"Account {environment['account']}, {environment['region']}.",
                    "status": {"state": "under-development"},
                }
            ]
        },
        "reviewed-controls": {
            "control-selections": [
                {
                    "description": f"{catalogue['name']} {catalogue['version']}",
                    "include-controls": [
                        {"control-id": _control_id(each["id"])} for each in judged
                    ],
                }
            ]
        },
        "observations": [
            _observation(facts, named, name, component, each) for each in environment["verdicts"]
        ],
        "findings": [_finding(facts, named, environment, each) for each in judged],
    }


def _revision(facts: dict[str, Any]) -> Iterator[dict[str, str]]:
    revision = facts["revision"]
    if revision is not None:
        yield _prop("commit", revision["commit"])
        yield _prop("clean", _CLEAN[revision["clean"]])
    for each in facts["templates"]:
        yield {**_prop("template-sha256", each["sha256"]), "remarks": each["file"]}


def _observation(
    facts: dict[str, Any],
    named: Named,
    environment: str,
    component: str,
    verdict: Mapping[str, Any],
) -> dict[str, Any]:
    promise = next(each for each in facts["promises"] if each["id"] == verdict["promise"])
    said = [
        f"Source: {promise['source']}.",
        *(f"Assumes: {each}." for each in (*promise["assumptions"], *verdict["assumed here"])),
        *(f"Exception: {each}." for each in verdict["exceptions"]),
        *(f"{each['resource']}: {each['what']}." for each in verdict["breaches"]),
    ]
    supported = [
        {**_prop("control", control["id"]), "class": catalogue["id"]}
        for catalogue in facts["catalogues"]
        for control in catalogue["controls"]
        if promise["id"] in control["promises"]
    ]
    return {
        "uuid": named(environment, promise["id"]),
        "title": promise["id"],
        "description": promise["words"],
        "props": [
            _prop("promise", promise["id"]),
            _prop("verdict", verdict["verdict"]),
            _prop("claims", str(verdict["claims"])),
            *supported,
        ],
        "methods": ["TEST"],
        "subjects": [{"subject-uuid": component, "type": "component"}],
        "relevant-evidence": [
            {"href": f"#{named('facts')}", "description": "The verdict in full."}
        ],
        "collected": verdict["time"],
        "remarks": "\n\n".join(said),
    }


def _finding(
    facts: dict[str, Any], named: Named, environment: Mapping[str, Any], control: Mapping[str, Any]
) -> dict[str, Any]:
    name, asked = environment["name"], {each["id"] for each in facts["promises"]}
    verdict = control["verdicts"][name]
    state, reason = _STATES.get(verdict, ("not-satisfied", "other"))
    uuids = [named(name, each) for each in control["promises"] if each in asked]
    related = [{"observation-uuid": each} for each in uuids]
    return {
        "uuid": named(name, control["id"]),
        "title": f"{control['id']} {control['title']}",
        "description": f"Its promises together: {verdict}.",
        "target": {
            "type": "statement-id",
            "target-id": f"{_control_id(control['id'])}_smt",
            "status": {"state": state, "reason": reason, "remarks": _SCOPE},
        },
        **({"related-observations": related} if related else {}),
    }


def _control_id(name: str) -> str:
    """Return the name of a control in NIST's own OSCAL catalogue.

    Examples
    --------
    >>> _control_id("AC-6(10)")
    'ac-6.10'
    """
    return re.sub(r"\((\d+)\)", r".\1", name.lower())


def _prop(name: str, value: str) -> dict[str, str]:
    return {"name": name, "ns": _NAMESPACE, "value": value}
