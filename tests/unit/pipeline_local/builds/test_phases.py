"""The order of phases, one shell for all commands, and the effect of a failure in each phase."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from collections.abc import Callable

    from pipeline_local.builds.execution import BuildEnd

ALL = """
    version: 0.2
    env:
      exported-variables: [TRACE]
      variables: {{TRACE: ""}}
    phases:
      install:
        commands: [TRACE="$TRACE install", {install}]
        finally: [TRACE="$TRACE install-finally"]
      pre_build:
        commands: [TRACE="$TRACE pre_build", {pre_build}]
      build:
        {more}
        commands: [TRACE="$TRACE build", {build}, TRACE="$TRACE never"]
        finally: [TRACE="$TRACE build-finally"]
      post_build:
        commands: [TRACE="$TRACE post_build:$CODEBUILD_BUILD_SUCCEEDING", {post_build}]
"""


def _text(more: str = "", **failing: str) -> str:
    phases = ("install", "pre_build", "build", "post_build")
    text = ALL.format(
        more=more or "on-failure: CONTINUE", **{n: failing.get(n, '"true"') for n in phases}
    )
    return text if more else text.replace("        on-failure: CONTINUE\n", "")


def _trace(end: BuildEnd) -> list[str]:
    return end.exported["TRACE"].split()


@pytest.mark.parametrize("shell", ["bash", "/bin/sh"])
def test_commands_share_one_shell(build: Callable[..., BuildEnd], shell: str) -> None:
    end = build(
        f"""
        version: 0.2
        env: {{shell: {shell}, exported-variables: [WHERE, PLAIN, TWICE, SAID]}}
        phases:
          install:
            commands:
              - mkdir below && cd below
              - export PLAIN=1
              - UNEXPORTED=2
              - twice() {{ TWICE="$1$1"; export TWICE; }}
          build:
            commands:
              - export WHERE=$(basename "$PWD")
              - |
                twice ab
                twice "$TWICE"
              - export SAID=$UNEXPORTED
        """
    )
    assert end.succeeded, end.failure
    assert end.exported == {"WHERE": "below", "PLAIN": "1", "TWICE": "abababab"[:8], "SAID": "2"}


def test_all_phases_in_order(build: Callable[..., BuildEnd]) -> None:
    end = build(_text().replace('"$TRACE never"', '"$TRACE after"'))
    assert end.succeeded
    assert [each.name for each in end.phases] == ["install", "pre_build", "build", "post_build"]
    assert _trace(end) == [
        *("install", "install-finally", "pre_build", "build", "after", "build-finally"),
        "post_build:1",
    ]


@pytest.mark.parametrize("failing", ["exit 3", '"false"', "no-such-command"])
def test_a_failing_build_is_cleaned_up_after(build: Callable[..., BuildEnd], failing: str) -> None:
    end = build(_text(build=failing))
    assert not end.succeeded
    assert _trace(end)[-3:] == ["build", "build-finally", "post_build:0"]
    assert end.failure.startswith("build: `")
    assert [each.succeeded for each in end.phases] == [True, True, False, True]


@pytest.mark.parametrize(
    ("phase", "entered", "trace"),
    [
        ("install", ["install"], ["install", "install-finally"]),
        ("pre_build", ["install", "pre_build"], ["install", "install-finally", "pre_build"]),
    ],
)
def test_nothing_is_built_after_a_failed_preparation(
    build: Callable[..., BuildEnd], phase: str, entered: list[str], trace: list[str]
) -> None:
    end = build(_text(**{phase: '"false"'}))
    assert not end.succeeded
    assert [each.name for each in end.phases] == entered
    assert _trace(end) == trace


def test_a_failure_at_the_end_fails_the_build(build: Callable[..., BuildEnd]) -> None:
    end = build(_text(post_build="exit 4"))
    assert end.failure == "post_build: `exit 4` exited with 4"


def test_a_failing_finally_fails_its_phase(build: Callable[..., BuildEnd]) -> None:
    end = build(
        """
        version: 0.2
        phases:
          build: {commands: ["true"], finally: ["false"]}
        """
    )
    assert end.failure == "build: `false` exited with 1"


def test_abort_ends_the_build_at_once(build: Callable[..., BuildEnd]) -> None:
    end = build(_text(more="on-failure: ABORT", build='"false"'))
    assert [each.name for each in end.phases] == ["install", "pre_build", "build"]


def test_continue_runs_the_next_phase_and_the_build_fails_nevertheless(
    build: Callable[..., BuildEnd],
) -> None:
    end = build(
        """
        version: 0.2
        env: {exported-variables: [BUILT]}
        phases:
          install: {on-failure: CONTINUE, commands: ["false"]}
          build: {commands: ["export BUILT=$CODEBUILD_BUILD_SUCCEEDING"]}
        """
    )
    assert not end.succeeded
    assert end.exported == {"BUILT": "0"}


def test_a_build_is_stopped_at_its_timeout(build: Callable[..., BuildEnd]) -> None:
    end = build(
        """
        version: 0.2
        phases:
          build: {commands: ["sleep 60"]}
          post_build: {commands: ["true"]}
        """,
        minutes=0.02,
    )
    assert end.failure == "build: timeout: the build was stopped"
    assert len(end.phases) == 3
