"""Callbacks that steps wait for, and their answers: files of a run, which other processes find.

A token is that of `SendPipelineExecutionStepSuccess`: ten letters and digits.
"""

from __future__ import annotations

import json
import os
import secrets
import string
from contextlib import suppress
from dataclasses import asdict, dataclass, field
from typing import TYPE_CHECKING, Any

from mlops_common.errors import MlopsError
from mlops_common.files import write_atomically
from pipeline_local.steps.output_parameters import type_of
from pipeline_schema.parameters import Parameter

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping
    from pathlib import Path

    from pipeline_schema.values import JsonObject

_FOLDER = "callbacks"
_CHARACTERS, _LENGTH = string.ascii_letters + string.digits, 10


class CallbackError(MlopsError):
    """An answer that is refused; `known` says whether there is such a callback."""

    def __init__(self, line: str, *, known: bool = True) -> None:
        super().__init__(line)
        self.known = known


@dataclass
class Callback:
    """A step's question. Its step alone changes it; the answer is a file of its own."""

    folder: Path = field(repr=False)
    token: str
    step: str
    execution: str  # the ARN
    outputs: list[JsonObject]  # as the step declares them
    asked: bool = False  # the message is in the queue
    closed: bool = False  # the run was stopped, or the step failed by the answer

    @property
    def _answer_file(self) -> Path:
        return self.folder / f"{self.token}.answer"

    def save(self) -> None:
        """Write the question."""
        facts = {name: value for name, value in asdict(self).items() if name != "folder"}
        write_atomically(self.folder / f"{self.token}.json", json.dumps(facts))

    def answer(self) -> JsonObject | None:
        """Return the answer, with `values` or a `failure`; None as long as there is none."""
        with suppress(FileNotFoundError):
            found: JsonObject = json.loads(self._answer_file.read_text())
            return found
        return None

    def succeed(self, values: Mapping[str, str]) -> None:
        """Answer with the values of the declared outputs, as text."""
        where = f"step {self.step}: output"
        declared = {each["OutputName"]: type_of(each) for each in self.outputs}
        if unknown := sorted(values.keys() - declared.keys()):
            names = ", ".join(declared) or "none"
            raise CallbackError(f"{where} {unknown[0]}: is not declared; the step has: {names}")
        if missing := sorted(declared.keys() - values.keys()):
            raise CallbackError(f"{where} {missing[0]}: is missing")
        try:
            typed = {name: Parameter(name, declared[name]).read(values[name]) for name in values}
        except MlopsError as error:
            raise CallbackError(f"step {self.step}: output {error}") from None
        self._write({"values": typed})

    def fail(self, reason: str) -> None:
        """Answer that what was asked for failed."""
        self._write({"failure": reason})

    def _write(self, answer: JsonObject) -> None:
        """Write the first answer, and refuse a second one."""
        beside = self._answer_file.with_suffix(f".{secrets.token_hex(4)}")
        write_atomically(beside, json.dumps(answer))
        try:
            os.link(beside, self._answer_file)
        except FileExistsError:
            line = f"step {self.step} has an answer to token {self.token} already"
            raise CallbackError(line) from None
        finally:
            beside.unlink()


def open_callback(run: Path, step: str, execution: str, outputs: list[JsonObject]) -> Callback:
    """Return the callback of a step: the one from before a kill, or a new one."""
    for path in (run / _FOLDER).glob("*.json"):
        known = _read(path)
        if known.step == step and not known.closed:
            return known
    token = "".join(secrets.choice(_CHARACTERS) for _ in range(_LENGTH))
    opened = Callback(run / _FOLDER, token, step, execution, outputs)
    opened.save()
    return opened


def find_callback(runs: Iterable[Path], token: str) -> Callback:
    """Find a callback in folders of runs by its token."""
    for run in runs if token.isalnum() else ():
        if (path := run / _FOLDER / f"{token}.json").is_file():
            return _read(path)
    raise CallbackError(f"no step waits for an answer to token {token!r}", known=False)


def _read(path: Path) -> Callback:
    facts: dict[str, Any] = json.loads(path.read_text())
    return Callback(path.parent, **facts)
