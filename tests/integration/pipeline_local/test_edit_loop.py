"""Debugging a step at a terminal, and runs at every edit, as a person at the keyboard has them."""

from __future__ import annotations

import json
import os
import pty
import re
import select
import shutil
import signal
import socket
import subprocess
import textwrap
import time
from typing import TYPE_CHECKING, Any

import pytest

from mlops.synthesis.kept import mark
from mlops.synthesis.synthesize import inputs_of
from pipeline_definitions.bundles import code_bundle

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from conftest import SmallProject

ASSEMBLY = "build/cloud-assembly/dev/assembly-dev"
SECONDS = 60
PATIENCE = 5  # seconds until a person types the same again


class Keyboard:
    """A person at a terminal with one program in it."""

    def __init__(self, project: SmallProject, *arguments: str) -> None:
        self._screen, program = pty.openpty()
        self.seen = ""
        self.process = subprocess.Popen(
            project.command("run", *arguments, "--local"),
            cwd=project.root,
            env={**project.variables(), "COLUMNS": "200", "TERM": "dumb"},
            stdin=program,
            stdout=program,
            stderr=program,
            start_new_session=True,
        )
        os.close(program)

    def until(self, pattern: str, again: str = "") -> str:
        """Read until a pattern is on the screen, typing `again` meanwhile; return its group."""
        start = typed = time.monotonic()
        while not (match := re.search(pattern, self.seen)):
            if time.monotonic() > start + SECONDS:
                self.process.kill()  # what is left over would make another test fail
                self.process.wait()
                raise AssertionError(f"waited in vain for {pattern}:\n{self.seen}")
            if again and time.monotonic() > typed + PATIENCE:
                typed = time.monotonic()
                self.type(again)
            if select.select([self._screen], [], [], 0.1)[0]:
                try:
                    self.seen += os.read(self._screen, 65_536).decode()
                except OSError:
                    assert re.search(pattern, self.seen), self.seen
        self.seen = self.seen[match.end() :]
        return match.group(match.lastindex or 0)

    def type(self, text: str) -> None:
        os.write(self._screen, text.encode())

    def leave(self) -> None:
        os.close(self._screen)

    def end(self) -> int:
        """Read the rest and return the exit code."""
        self.until(r"run \w+: (\w+) in [^\n]*\n")
        code = self.process.wait(SECONDS)
        self.leave()
        return code


@pytest.fixture
def debugged(project: SmallProject, request: pytest.FixtureRequest) -> Iterator[Path]:
    """A template whose training job has other lines at its start."""
    project.run("--template", ASSEMBLY)
    folder = project.root / "debugged"
    shutil.copytree(project.root / ASSEMBLY, folder)
    code = folder / "asset.code"
    lines = textwrap.dedent(request.param)
    script = (code / "train.py").read_text()
    with_lines = script.replace("import argparse\n", f"import argparse\n{lines}\n", 1)
    (code / "train.py").write_text(with_lines)
    import tarfile

    with tarfile.open(code / "sourcedir.tar.gz", "w:gz") as archive:
        archive.add(code / "train.py", "train.py")
    yield folder
    shutil.rmtree(folder)


def last_run(project: SmallProject) -> dict[str, Any]:
    states = [project.state(run) for run in project.run_ids()]
    return max(states, key=lambda state: state["started"])


BREAK = """
given = 41
breakpoint()
"""


@pytest.mark.parametrize("debugged", [BREAK], indirect=True)
def test_a_breakpoint_stops_at_the_terminal(project: SmallProject, debugged: Path) -> None:
    person = Keyboard(project, "small", "--template", str(debugged), "--only", "Train", "--debug")
    person.until(r"\(Pdb\) ")
    person.type("print(given + 1, __import__('sys').stdin.isatty())\n")
    assert person.until(r"\n(42 True)\r\n") == "42 True"
    person.until(r"\(Pdb\) ")  # what is typed before may be lost
    person.type("\x03")  # for the job; the run goes on
    # Python sees a signal between the prompt and its wait for keys only at the next key.
    person.until("KeyboardInterrupt", again="\x03")
    person.until(r"\(Pdb\) ")
    person.type("continue\n")
    assert person.end() == 0
    state = last_run(project)
    assert (state["status"], state["only"]) == ("Succeeded", "Train")
    assert any("debugging" in note for note in state["notes"])
    log = (project.root / "build/runs" / state["run_id"] / "logs/Train.log").read_text()
    assert "42 True\n" in log
    assert "validation:mse" in log
    assert state["steps"]["Train"]["properties"]["FinalMetricDataList"], "metrics are kept"


@pytest.mark.slow
@pytest.mark.parametrize("debugged", [BREAK], indirect=True)
def test_who_leaves_the_debugger_ends_the_run(project: SmallProject, debugged: Path) -> None:
    person = Keyboard(project, "small", "--template", str(debugged), "--only", "Train", "--debug")
    person.until(r"\(Pdb\) ")
    person.type("quit\n")
    assert person.end() == 1
    assert "BdbQuit" in last_run(project)["failure"]


@pytest.mark.slow
@pytest.mark.parametrize("debugged", [BREAK], indirect=True)
def test_a_terminal_that_is_closed_ends_the_run(project: SmallProject, debugged: Path) -> None:
    person = Keyboard(project, "small", "--template", str(debugged), "--only", "Train", "--debug")
    person.until(r"\(Pdb\) ")
    person.leave()
    assert person.process.wait(SECONDS) != 0


ATTACH = """
import debugpy
print("port", debugpy.listen(("127.0.0.1", 0))[1], flush=True)
debugpy.wait_for_client()
print("attached", debugpy.is_client_connected(), flush=True)
"""


def ask(debugger: socket.socket, number: int, command: str, **arguments: str) -> None:
    """Send a request of the Debug Adapter Protocol, which IDEs speak."""
    request = {"seq": number, "type": "request", "command": command, "arguments": arguments}
    body = json.dumps(request).encode()
    debugger.sendall(b"Content-Length: %d\r\n\r\n%s" % (len(body), body))


@pytest.mark.slow
@pytest.mark.parametrize("debugged", [ATTACH], indirect=True)
def test_a_debugger_can_attach(project: SmallProject, debugged: Path) -> None:
    person = Keyboard(project, "small", "--template", str(debugged), "--only", "Train", "--debug")
    port = int(person.until(r"port (\d+)\r\n"))
    with socket.create_connection(("127.0.0.1", port), SECONDS) as debugger:
        ask(debugger, 1, "initialize", adapterID="test")
        ask(debugger, 2, "attach", name="job")
        answers = b""
        while b'"initialized"' not in answers:
            answers += debugger.recv(65_536)
        ask(debugger, 3, "configurationDone")
        person.until("attached True")
    assert person.end() == 0


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["--debug"], "--debug: needs --only STEP"),
        (["--debug", "--only", "Train"], "standard input and output are not a terminal"),
        (["--debug", "--only", "Enough"], "step Enough is of type Condition; Processing, Training"),
        (["--debug", "--only", "Train", "--json"], "neither --watch nor --json"),
        (["--watch", "--resume", "latest"], "a run that is resumed has its own definition"),
    ],
)
def test_what_cannot_be_debugged_or_watched_is_refused(
    project: SmallProject, arguments: list[str], words: str
) -> None:
    if not project.run_ids():
        project.run("--template", ASSEMBLY)
    assert words in project.refusal("small", "--local", *arguments)


def test_an_edit_runs_what_changed_and_ctrl_c_ends(project: SmallProject) -> None:
    document = json.loads((project.root / ASSEMBLY / "small.template.json").read_text())
    body = document["Resources"]["Pipeline"]["Properties"]["PipelineDefinition"]
    definition = json.loads(body["PipelineDefinitionBody"]["Fn::Sub"][0])
    for step in definition["Steps"]:
        if step["Type"] != "Condition":
            step["CacheConfig"] = {"Enabled": True, "ExpireAfter": "P1D"}
    body["PipelineDefinitionBody"]["Fn::Sub"][0] = json.dumps(definition)
    folder = project.root / "watched"
    shutil.copytree(project.root / ASSEMBLY, folder)
    (folder / "manifest.json").unlink()
    (folder / "small.template.json").write_text(json.dumps(document))
    data = project.root / "watched.csv"
    data.write_text("1,2\n2,4\n" * 20)

    template = "watched/small.template.json"
    person = Keyboard(project, template, "--data", "watched.csv", "--watch")
    first = person.until(r"run (\w+): Succeeded in ")
    person.until("waiting for an edit")
    # Another pause is another argument of Train; Prepare comes from the cache.
    text = json.dumps(document)
    edited = json.loads(text)
    inner = edited["Resources"]["Pipeline"]["Properties"]["PipelineDefinition"]
    changed = json.loads(inner["PipelineDefinitionBody"]["Fn::Sub"][0])
    train = next(step for step in changed["Steps"] if step["Name"] == "Train")
    train["Arguments"]["HyperParameters"]["pause"] = "0.01"
    inner["PipelineDefinitionBody"]["Fn::Sub"][0] = json.dumps(changed)
    (project.root / template).write_text(json.dumps(edited))
    assert person.until(r"changed: (\S+)") == template
    second = person.until(r"run (\w+): Succeeded in ")
    person.until("waiting for an edit")
    steps = project.state(second)["steps"]
    assert {name: step["reused_from"] for name, step in steps.items() if name != "Enough"} == {
        "Prepare": first,
        "Train": None,
        **{name: None for name in steps if name not in {"Prepare", "Train", "Enough"}},
    }
    (project.root / template).write_text("{")
    person.until("error: .*small.template.json")
    person.until("waiting for an edit")
    os.killpg(person.process.pid, signal.SIGINT)
    assert person.process.wait(SECONDS) == 0


@pytest.fixture
def job_code(project: SmallProject) -> Iterator[Path]:
    """The folder of the pipeline's job code, as the app records it."""
    code, assembly = project.root / "processing_code", project.root / "build/cloud-assembly/dev"
    shutil.copytree(project.root / ASSEMBLY / "asset.code", code)
    (code / "sourcedir.tar.gz").unlink()
    prefix = json.loads((project.root / ASSEMBLY / "small.template.json").read_text())["Resources"]
    before = prefix["Code"]["Properties"]["DestinationBucketKeyPrefix"].removeprefix("code/")
    record = {"folders": [{"folder": code.name, "digest": before}], "read": []}
    (assembly / "job-code.json").write_text(json.dumps(record))
    mark(assembly, inputs_of(project.root))
    yield code
    shutil.rmtree(code)
    (assembly / "job-code.json").unlink()
    mark(assembly, inputs_of(project.root))


def test_an_edit_runs_without_a_synthesis_and_is_recorded(
    project: SmallProject, job_code: Path
) -> None:
    script = job_code / "train.py"
    script.write_text(f"{script.read_text()}\nprint('edited')\n")
    facts = project.run()
    assert facts["status"] == "Succeeded"
    digest = code_bundle(job_code, project.root / "build" / "bundles").digest
    assert facts["code"] == {"processing_code": digest}
    assert re.fullmatch(r"definition of \d\d:\d\d, code of now", facts["notes"][0])
    folder = project.root / "build" / "runs" / facts["run"]
    assert f"/code/{digest}" in (folder / "definition.json").read_text()
    assert (folder / "logs" / "Train.log").read_text().endswith("edited\n")
