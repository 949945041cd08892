"""What the promise on names claims of rules is so for every look-up."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from promises.firewall import Rule, decides, is_among, reached

OURS = frozenset({"a.ours.com", "b.ours.com"})
ZONES = ("*.here.internal",)
DOMAINS = st.sampled_from(
    (
        *(*OURS, "*.ours.com", "*", "*.here.internal", "x.here.internal", "*.x.here.internal"),
        *("here.internal", "*here.internal", "*.internal", "evil.com", "A.OURS.com."),
    )
)
NAMES = st.sampled_from(
    (
        *(*OURS, "x.here.internal", "y.x.here.internal", "here.internal", "there.internal"),
        *("nothere.internal", "data.evil.com", "evil.com", "c.ours.com", "x.a.ours.com"),
    )
)
TYPES = ("A", "AAAA", "TXT", "TYPE65")
RULES = st.builds(
    Rule,
    where=st.just("Rules"),
    priority=st.tuples(st.integers(1, 3), st.integers(1, 3)),
    action=st.sampled_from(("ALLOW", "ALERT", "BLOCK")),
    domains=st.lists(DOMAINS, max_size=3).map(tuple),
    query_type=st.sampled_from(("", "", *TYPES)),
    answer=st.sampled_from(("NODATA", "NXDOMAIN", "OVERRIDE", "")),
    trusts=st.booleans(),
)
END = Rule("Rules", (9, 9), "BLOCK", ("*",), "", "NODATA")


@given(st.lists(RULES, max_size=4), st.booleans(), NAMES, st.sampled_from(TYPES))
def test_where_the_claims_hold_nothing_else_is_answered(
    rules: list[Rule], closed: bool, name: str, query_type: str
) -> None:
    ordered = sorted([*rules, *([END] if closed else [])], key=lambda each: each.priority)
    found = [*reached(ordered)]
    holds = (
        bool(found)
        and found[-1].of_all
        and all(
            each.silent or (each.passes and is_among(one, OURS, ZONES))
            for each in found
            for one in each.domains
        )
    )
    by = decides(ordered, name, query_type)
    if holds and (by is None or not by.silent):
        assert is_among(name, OURS, ZONES)
