"""Answer questions about policy files on the command line."""

from __future__ import annotations

import argparse
import json
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any, NoReturn

from iam_prover.answers import Impossible, Possible
from iam_prover.asking import can_be_allowed, requests_like
from iam_prover.errors import PolicyError
from iam_prover.evaluator import ARBITRARY, PoliciesInForce
from iam_prover.parsing import parse_policy
from iam_prover.policy import PolicyKind
from iam_prover.question import DEFAULT_TIMEOUT

if TYPE_CHECKING:
    from collections.abc import Sequence

    from iam_prover.answers import Answer
    from iam_prover.policy import Policy

IMPOSSIBLE, POSSIBLE, BAD_INPUT, UNKNOWN = range(4)
_STATUS = """\
A kind of policy that is not named does not exist; with --any-identity-policy or
--any-resource-policy it is unknown, and may allow everything. Whose the
resource is, aws:ResourceAccount says: it is taken from the ARN where there is
an account in it; for a bucket, give it with --condition.

exit status:
  0  impossible: proved for every request
  1  possible: a request that gets through is printed
  2  bad input
  3  unknown: neither proof nor counterexample, for example because the limit is reached
"""


class _Parser(argparse.ArgumentParser):
    def error(self, message: str) -> NoReturn:
        """Escape what stands in the arguments."""
        super().error(str(PolicyError(message)))


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command line; gives the exit status."""
    given = _parser().parse_args(arguments)
    try:
        context: dict[str, list[str]] = {}
        for name, value in given.condition:
            context.setdefault(name, []).extend([value] if value else [])
        requests = requests_like(given.principal, given.action, given.resource, context)
        answer = can_be_allowed(_policies(given), requests, timeout=given.timeout)
    except PolicyError as error:
        sys.stderr.write(f"error: {error}\n")
        return BAD_INPUT
    facts = _facts(answer)
    sys.stdout.write(json.dumps(facts, indent=2) if given.json else _in_words(answer, facts))
    sys.stdout.write("\n")
    return {"impossible": IMPOSSIBLE, "possible": POSSIBLE}.get(facts["answer"], UNKNOWN)


def _parser() -> argparse.ArgumentParser:
    parser = _Parser(prog="iam-prover", description="Questions on IAM policies.")
    verbs = parser.add_subparsers(required=True, metavar="VERB")
    ask = verbs.add_parser(
        "ask",
        help="can anybody do this?",
        description="Prove that no such request gets through, or find one that does.",
        epilog=_STATUS,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    add = ask.add_argument
    for name in ("identity-policy", "resource-policy"):
        one = ask.add_mutually_exclusive_group().add_argument
        one(f"--{name}", type=Path, action="append", default=[], metavar="FILE", help="repeatable")
        one(f"--any-{name}", action="store_true", help="whatever it says")
    add("--boundary", type=Path, metavar="FILE", help="permissions boundary")
    add("--endpoint-policy", type=Path, metavar="FILE", help="of the VPC endpoint on the way")
    add("--action", action="append", required=True, help="such as s3:Get*; repeatable")
    add("--resource", metavar="ARN", help="with or without wildcards; default: any")
    add(
        "--principal",
        default="*",
        help="ARN of a role, user, root or provider; service; account; 'anonymous'; default: '*', "
        "everybody",
    )
    add(
        "--condition",
        type=_key_and_value,
        action="append",
        default=[],
        metavar="KEY=VALUE",
        help="a value of a context key; KEY= for a missing key; repeatable; default: any",
    )
    limit = "limit of work, in seconds of an idle machine; default: %(default)g"
    add("--timeout", type=float, default=DEFAULT_TIMEOUT, help=limit)
    add("--json", action="store_true", help="print facts as JSON")
    return parser


def _key_and_value(text: str) -> tuple[str, str]:
    name, equals, value = text.partition("=")
    if not equals or ":" not in name:
        raise argparse.ArgumentTypeError(f"{text!r} is not KEY=VALUE, such as aws:SourceVpc=vpc-1")
    return name, value


def _policies(given: argparse.Namespace) -> PoliciesInForce:
    known = (given.identity_policy, given.resource_policy, given.boundary, given.endpoint_policy)
    if not any((*known, given.any_identity_policy, given.any_resource_policy)):
        raise PolicyError("name at least one policy; see iam-prover ask --help")
    decisive = {_is_decided_by_resource(each) for each in given.action}
    if len(decisive) > 1:
        raise PolicyError("ask about actions on KMS keys and roles apart from all others")
    identity = tuple(_read(each, PolicyKind.IDENTITY) for each in given.identity_policy)
    resource = tuple(_read(each, PolicyKind.RESOURCE) for each in given.resource_policy)
    return PoliciesInForce(
        ARBITRARY if given.any_identity_policy else identity,
        given.boundary and _read(given.boundary, PolicyKind.BOUNDARY),
        ARBITRARY if given.any_resource_policy else resource,
        given.endpoint_policy and _read(given.endpoint_policy, PolicyKind.ENDPOINT),
        decisive.pop(),
    )


def _is_decided_by_resource(action: str) -> bool:
    return action.lower().startswith(("kms:", "sts:assumerole"))


def _read(file: Path, kind: PolicyKind) -> Policy:
    try:
        document = json.loads(file.read_text(encoding="utf-8"), object_pairs_hook=_once)
    except OSError as error:
        raise PolicyError(f"{str(file)!r}: cannot be read: {error.strerror}") from None
    except ValueError as error:
        raise PolicyError(f"{str(file)!r}: not JSON: {error}") from None
    except RecursionError:
        raise PolicyError(f"{str(file)!r}: nested too deeply") from None
    return parse_policy(document, kind, str(file))


def _once(members: list[tuple[str, Any]]) -> dict[str, Any]:
    """Refuse a key that stands twice, of which readers take different ones."""
    names = [name for name, _ in members]
    twice = next((name for name in names if names.count(name) > 1), None)
    if twice is not None:
        raise ValueError(f"{twice!r} stands twice in one object")
    return dict(members)


def _facts(answer: Answer) -> dict[str, Any]:
    if isinstance(answer, Impossible):
        return {"answer": "impossible"}
    if not isinstance(answer, Possible):
        return {"answer": "unknown", "reason": answer.reason}
    facts = {
        "request": answer.request.as_json(),
        "reason": answer.decision.reason,
        "statements": [each.where for each in answer.decision.statements],
    }
    if answer.confirmed:
        return {"answer": "possible", **facts}
    reason = f"the model leaves {', '.join(answer.free) or 'nothing'} open"
    return {"answer": "unknown", **facts, "reason": reason}


def _in_words(answer: Answer, facts: dict[str, Any]) -> str:
    if isinstance(answer, Impossible):
        return "impossible: proved for every such request"
    if not isinstance(answer, Possible) or not answer.confirmed:
        return f"unknown: {facts['reason']}"
    return "\n  ".join((f"possible: {answer.request}", facts["reason"], *facts["statements"]))
