"""The sections of ``docs/operations.md`` that alarms and messages name."""

from __future__ import annotations

from environments import monitoring as kinds

FILE = "docs/operations.md"
# What an alarm of each kind says, and the section that tells what to do about it.
MEANINGS = {
    kinds.FAILED: ("A run of {part} failed", "a-run-failed"),
    kinds.STEP_SLOW: ("A step of {part} took longer than {limit:g} s", "a-step-is-slow"),
    kinds.LATE: ("No run of {part} succeeded within {hours} hours", "no-run-in-time"),
    kinds.VIOLATIONS: ("The data of a run of {part} broke a constraint", "violations"),
    kinds.DRIFT: ("The data of {part} drifted further than {limit:g}", "drift"),
    kinds.QUALITY: (
        "The error of past predictions is above the registered one",
        "the-model-got-worse",
    ),
    kinds.REJECTED: ("The network refused more than {limit:g} connections", "refused-connections"),
    kinds.ACCESS_DENIED: ("AWS refused calls of jobs, functions or builds", "denied-access"),
    kinds.BUILD_FAILED: ("A build of {part} failed", "a-build-failed"),
    kinds.DEAD_LETTERS: ("Something was not handled and waits in {part}", "dead-letters"),
}
STOPPED = "a-run-was-stopped"
PIPELINE = "a-pipeline-needs-a-person"
PROJECT = "a-project-needs-a-person"
PLATFORM = "the-platform-needs-a-person"


def section(anchor: str) -> str:
    """Give the address of a section."""
    return f"{FILE}#{anchor}"
