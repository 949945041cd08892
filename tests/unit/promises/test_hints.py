"""Beside a breach stands what to write instead of an operator that fits more than is meant."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from iam_prover.answers import Possible, Unknown
from iam_prover.evaluator import decide
from iam_prover.principals import service
from iam_prover.request import Request
from promises.accounts import no_other_account
from promises.claims import Never
from promises.hints import hint
from tests.unit.promises.callers import HERE, role_for, world_of_resources

if TYPE_CHECKING:
    from pathlib import Path

    from iam_prover.question import Question


def _questions(folder: Path, operator: str, arn: str) -> list[Question]:
    condition = {operator: {"aws:SourceArn": arn}}
    role = role_for({"Service": "codebuild.amazonaws.com"}, "sts:AssumeRole", condition)
    claims = no_other_account(world_of_resources(folder, {"Build": role}))
    return [each.question for each in claims if isinstance(each, Never)]


@pytest.mark.parametrize(
    ("operator", "arn", "hinted"),
    [
        ("ArnLike", f"arn:aws:codebuild:*:{HERE}:project/*", False),
        # A wildcard before the account fits "x:999999999999:x", too.
        ("StringLike", f"arn:aws:codebuild:*:{HERE}:project/*", True),
        ("StringNotLike", f"arn:aws:codebuild:*:{HERE}:project/*", False),
        ("StringLike", f"arn:aws:codebuild:eu-west-1:{HERE}:project/*", False),
    ],
)
def test_wildcards_that_fit_colons_are_named(
    tmp_path: Path, operator: str, arn: str, *, hinted: bool
) -> None:
    """Also where the solver gives no answer."""
    for question in _questions(tmp_path, operator, arn):
        found = hint(question, Unknown("no answer"))
        assert found.endswith("write ArnLike") is hinted
        assert not hinted or f"trust policy, statement 0: in StringLike the wildcards of {arn}" in (
            found
        )


@pytest.mark.parametrize(("account", "hinted"), [("*", False), (HERE, True)])
def test_a_request_that_arn_like_lets_through_needs_another_hint(
    tmp_path: Path, account: str, *, hinted: bool
) -> None:
    source = f"arn:aws:codebuild:x:999999999999:x:{HERE}:project/p"
    for question in _questions(tmp_path, "StringLike", f"arn:aws:codebuild:*:{account}:project/*"):
        context = {"aws:SourceArn": (source if hinted else source.replace(f"x:{HERE}:", ""),)}
        caller = service("codebuild.amazonaws.com")
        request = Request(caller, "sts:AssumeRole", question.requests.resource or "", context)
        decision = decide(request, question.policies)
        assert decision.allowed
        assert bool(hint(question, Possible(request, decision, confirmed=True))) is hinted
