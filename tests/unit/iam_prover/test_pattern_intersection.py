"""Text that patterns have in common: the one that is found fits them all."""

from __future__ import annotations

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from iam_prover.pattern_intersection import text_matching_all
from iam_prover.templates import parse_template

LOGS = "arn:aws:logs:eu-central-1:111111111111:log-group:"


def _common(*patterns: str) -> str | None:
    return text_matching_all(
        *(parse_template(each, wildcards=True, variables=False) for each in patterns)
    )


@pytest.mark.parametrize(
    ("patterns", "text"),
    [
        ((f"{LOGS}/a/b:*", f"{LOGS}*:log-stream:*"), f"{LOGS}/a/b:log-stream:example"),
        (("arn:aws:s3:::*/*", "arn:aws:s3:::ours/*"), "arn:aws:s3:::ours/example"),
        (("arn:aws:s3:::a*", "arn:aws:s3:::?-*", "arn:aws:s3:::*/*"), "arn:aws:s3:::a-/example"),
        # A wildcard stays within its segment of an ARN.
        (("arn:aws:sqs:*:1:q", "arn:aws:sqs:eu-central-1:1:1:q"), None),
        (("arn:aws:s3:::ours/*", "arn:aws:s3:::ours"), None),
        (("*", "arn:aws:s3:::ours"), "arn:aws:s3:::ours"),
    ],
)
def test_what_fits_all(patterns: tuple[str, ...], text: str | None) -> None:
    assert _common(*patterns) == text


@given(*(st.text(alphabet="ab*?", max_size=7) for _ in range(2)))
def test_it_is_found_exactly_if_there_is_any(one: str, other: str) -> None:
    def fits(pattern: str, text: str) -> bool:
        expression = re.escape(pattern).replace(r"\*", ".*").replace(r"\?", ".")
        return re.fullmatch(expression, text) is not None

    found = _common(one, other)
    if found is not None:
        assert fits(one, found)
        assert fits(other, found)
        return
    # Whatever fits one of them, with few letters for each wildcard, does not fit the other.
    for filling in ("", "a", "b", "ab", "ba", "aab", "abb"):
        text = one.replace("*", filling).replace("?", filling[:1] or "a")
        assert not (fits(one, text) and fits(other, text))
