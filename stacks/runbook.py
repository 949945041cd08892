"""The sections of ``docs/operations.md`` that alarms and messages name."""

from __future__ import annotations

from dataclasses import dataclass

from environments import monitoring as kinds

FILE = "docs/operations.md"
# Metrics of ours that are counted in log groups.
REJECTED, DENIED = "RejectedConnections", "AccessDenied"


@dataclass(frozen=True)
class Meaning:
    """What an alarm of one kind says and looks at.

    Parameters
    ----------
    graph : str
        Title of its graph on the dashboard, in the order of the table; without one there is none.
    metric : str
        The metric in the environment's namespace; empty where `stacks.alarms` or
        `stacks.monitoring` looks at metrics of AWS.
    """

    text: str
    anchor: str
    graph: str = ""
    metric: str = ""


MEANINGS = {
    kinds.FAILED: Meaning("A run of {part} failed", "a-run-failed"),
    kinds.STEP_SLOW: Meaning("A step of {part} took longer than {limit:g} s", "a-step-is-slow"),
    kinds.LATE: Meaning("No run of {part} succeeded within {hours} hours", "no-run-in-time"),
    kinds.VIOLATIONS: Meaning(
        "The data of a run of {part} broke a constraint",
        "violations",
        "Violations of constraints",
        "Violations",
    ),
    kinds.DRIFT: Meaning(
        "The data of {part} drifted further than {limit:g}",
        "drift",
        "Distance from the training data",
        "DriftDistance",
    ),
    kinds.QUALITY: Meaning(
        "The error of past predictions is above the registered one",
        "the-model-got-worse",
        "Error above the registered one (MSE)",
        "ModelQualityMseLimitExcess",
    ),
    kinds.REJECTED: Meaning(
        "The network refused more than {limit:g} connections",
        "refused-connections",
        "Connections that the network refused",
        REJECTED,
    ),
    kinds.ACCESS_DENIED: Meaning(
        "AWS refused calls of jobs, functions or builds",
        "denied-access",
        "Calls that AWS refused",
        DENIED,
    ),
    kinds.DEAD_LETTERS: Meaning(
        "Something was not handled and waits in {part}", "dead-letters", "Dead letters"
    ),
    kinds.BUILD_FAILED: Meaning("A build of {part} failed", "a-build-failed", "Failed builds"),
}
STOPPED = "a-run-was-stopped"
PIPELINE = "a-pipeline-needs-a-person"
PROJECT = "a-project-needs-a-person"
PLATFORM = "the-platform-needs-a-person"


def section(anchor: str) -> str:
    """Give the address of a section."""
    return f"{FILE}#{anchor}"
