"""The solver and the plain evaluator say the same of who uses credentials from elsewhere."""

from __future__ import annotations

from itertools import product
from typing import Any

from hypothesis import example, given
from hypothesis import strategies as st

from iam_prover.answers import Impossible, Possible
from iam_prover.encoding.solve import ask
from iam_prover.evaluator import ARBITRARY, PoliciesInForce, decide
from iam_prover.parsing import parse_policy
from iam_prover.policy import PolicyKind
from iam_prover.principals import role
from iam_prover.question import Question, RequestPattern, any_session
from iam_prover.request import ALWAYS_SET, Request
from promises.credentials import elsewhere
from promises.origin import NETWORK, REGION

JOB, ACTION, VIA = "arn:aws:iam::111122223333:role/Job", "codecommit:GitPull", "aws:ViaAWSService"
OURS = {NETWORK: "vpc-1", REGION: "eu-central-1"}
OTHERS = {NETWORK: ("vpc-2", "vpc-3"), REGION: ("us-east-1", "eu-west-1")}
ALIKE = {NETWORK: "vpc-*", REGION: "eu-*"}
GUARD = tuple(
    {"StringNotEquals": {name: [value]}, "BoolIfExists": {VIA: ["false"]}}
    for name, value in OURS.items()
)
TEXT = [
    f"{quantifier}String{negated}{kind}{end}"
    for quantifier, end in (("", ""), ("", "IfExists"), ("ForAnyValue:", ""), ("ForAllValues:", ""))
    for negated, kind in product(("", "Not"), ("Equals", "Like"))
]


def _texts(name: str) -> st.SearchStrategy[tuple[str, str, list[str]]]:
    values = st.sampled_from((OURS[name], OTHERS[name][0], ALIKE[name], "*"))
    some = st.lists(values, min_size=1, max_size=2, unique=True)
    return st.tuples(st.sampled_from(TEXT), st.just(name), some)


FLAGS = st.lists(st.sampled_from(("true", "false")), min_size=1, max_size=1)
ASKED = st.one_of(
    _texts(NETWORK),
    _texts(REGION),
    st.tuples(st.just("Null"), st.sampled_from((NETWORK, REGION)), FLAGS),
    st.tuples(st.sampled_from(("Bool", "BoolIfExists")), st.just(VIA), FLAGS),
)


def _condition(asked: list[tuple[str, str, list[str]]]) -> dict[str, dict[str, list[str]]]:
    found: dict[str, dict[str, list[str]]] = {}
    for operator, name, values in asked:
        found.setdefault(operator, {})[name] = values
    return found


DENIES = st.lists(
    st.one_of(st.sampled_from(GUARD), st.lists(ASKED, min_size=1, max_size=3).map(_condition)),
    max_size=3,
)


def _from_elsewhere() -> list[Request]:
    """List requests of each origin: a key is missing, ours, one that policies name, or another."""
    places = product(
        *([None, OURS[name], *OTHERS[name], ALIKE[name], "*"] for name in (NETWORK, REGION)),
        ("true", "false"),
    )
    return [
        Request(role(JOB), ACTION, "arn:aws:codecommit:eu-central-1:111122223333:models", context)
        for network, region, via in places
        if via == "false" and (network, region) != tuple(OURS.values())
        for given in [{NETWORK: network, REGION: region, VIA: via}]
        for context in [{**ALWAYS_SET, **{name: (each,) for name, each in given.items() if each}}]
    ]


@given(DENIES)
@example([*GUARD])
@example([GUARD[0]])
@example([GUARD[1]])
def test_what_passes_from_elsewhere_is_found_and_nothing_else(denies: list[Any]) -> None:
    every = {"Action": "*", "Resource": "*"}
    statements = [{"Effect": "Allow", **every}]
    statements += [{"Effect": "Deny", **every, "Condition": each} for each in denies]
    policy = parse_policy({"Statement": statements}, PolicyKind.IDENTITY, "by hand")
    held = PoliciesInForce((policy,), None, ARBITRARY)
    formulas = elsewhere(OURS[REGION], (OURS[NETWORK],))
    answer = ask(Question(held, RequestPattern((any_session(JOB),), (ACTION,), None, formulas)))
    passing = [each for each in _from_elsewhere() if decide(each, held).allowed]
    assert isinstance(answer, Possible if passing else Impossible), (denies, passing, answer)
    assert not isinstance(answer, Possible) or answer.confirmed
