from __future__ import annotations

import pytest

from pipeline_local.local_aws.schedule_expressions import is_schedule


@pytest.mark.parametrize(
    "expression",
    [
        "rate(1 minute)",
        "rate(12 hours)",
        "rate(20 days)",
        "cron(0 2 * * ? *)",
        "cron(0 3 ? * SUN,WED *)",
        "cron(0/15 8-18 ? * MON-FRI 2026-2030)",
        "cron(0 10 L * ? *)",
        "cron(0 10 ? JAN 6#3 *)",
        "at(2026-01-31T12:00:00)",
    ],
)
def test_a_valid_expression(expression: str) -> None:
    assert is_schedule(expression)


@pytest.mark.parametrize(
    "expression",
    [
        "",
        "daily",
        "rate(0 minutes)",
        "rate(1 minutes)",
        "rate(2 minute)",
        "rate(2 weeks)",
        "rate(-1 days)",
        "cron(0 2 * * *)",
        "cron(0 2 * * * *)",
        "cron(0 2 ? * ? *)",
        "cron(60 2 * * ? *)",
        "cron(0 24 * * ? *)",
        "cron(0 2 32 * ? *)",
        "cron(0 2 ? * 8 *)",
        "cron(0 2 ? * MO *)",
        "cron(0/x 2 * * ? *)",
        "at(2026-02-30T12:00:00)",
        "at(tomorrow)",
    ],
)
def test_an_invalid_expression(expression: str) -> None:
    assert not is_schedule(expression)


def test_rules_know_no_single_moment() -> None:
    assert not is_schedule("at(2026-01-31T12:00:00)", once=False)
