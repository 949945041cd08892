"""Options that several commands share are written alike."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from typer.main import get_command

from mlops.command_line.main import app

if TYPE_CHECKING:
    from collections.abc import Iterator


def _commands(command: Any, name: str = "mlops") -> Iterator[tuple[str, Any]]:
    yield name, command
    for word, inside in getattr(command, "commands", {}).items():
        yield from _commands(inside, f"{name} {word}")


def test_each_command_with_an_environment_takes_its_short_option() -> None:
    spellings = {
        name: tuple(option.opts)
        for name, command in _commands(get_command(app))
        for option in command.params
        if "--environment" in option.opts
    }
    assert {"mlops synth", "mlops run", "mlops acknowledgments"} <= spellings.keys()
    assert set(spellings.values()) == {("--environment", "-e")}
