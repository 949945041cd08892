"""`tools/kernel.sh` is Node for jsii: one process that speaks jsii's protocol, and ends with it."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from mlops.synthesis.synthesize import environment_variables

KERNEL = Path(__file__).parents[3] / "tools" / "kernel.sh"
MEGABYTES = """
import aws_cdk as cdk

stack = cdk.Stack(cdk.App(), "Stack")
text = "a line\\n" * 500_000 + "ü€"
one = cdk.CfnResource(stack, "One", type="A::B::C", properties={"text": text})
two = cdk.CfnResource(stack, "Two", type="A::B::C")
two.add_dependency(one)  # deprecated: the package prints that
assert stack.resolve({"text": text}) == {"text": text}
print("done")
"""
CHILDREN = """
import os, sys, time
import aws_cdk

names = []
for process in os.listdir("/proc"):
    if process.isdigit():
        try:
            status = dict(x.split(":\\t", 1) for x in open(f"/proc/{process}/status"))
        except OSError:
            continue
        if int(status["PPid"]) == os.getpid():
            names.append(process)
print(*names, flush=True)
time.sleep(60)
"""


SLOWLY = "import time, aws_cdk; aws_cdk.App(); time.sleep(2); print('done')"
UNUSED = "aws-cdk-lib/aws-ecs/index.js"


def run(program: str, **variables: str) -> subprocess.Popen[str]:
    return subprocess.Popen(
        [sys.executable, "-c", program],
        env={**environment_variables(), "JSII_NODE": str(KERNEL), **variables},
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )


def test_long_messages_arrive_whole_and_what_packages_print_is_none() -> None:
    process = run(MEGABYTES)
    said, complained = process.communicate(timeout=120)
    assert process.returncode == 0, complained
    assert said == "done\n"
    assert "addDependency is deprecated" in complained


def test_there_is_one_process_and_it_ends_with_the_one_it_works_for() -> None:
    with run(CHILDREN) as process:
        assert process.stdout is not None
        children = process.stdout.readline().split()
        process.send_signal(signal.SIGKILL)
    assert len(children) == 1
    deadline = time.monotonic() + 60
    while Path("/proc", children[0]).exists():
        assert time.monotonic() < deadline, "the kernel goes on without its program"
        time.sleep(0.05)


def test_it_may_be_started() -> None:
    assert os.access(KERNEL, os.X_OK)


def modules_after(listed: Path) -> list[str]:
    process = run(SLOWLY, MLOPS_CDK_MODULES=str(listed))
    said, complained = process.communicate(timeout=120)
    assert (process.returncode, said) == (0, "done\n"), complained
    found: list[str] = json.loads(listed.read_text())
    return found


def test_what_the_last_process_needed_is_loaded_meanwhile(tmp_path: Path) -> None:
    listed = tmp_path / "cache" / "modules.json"
    needed = modules_after(listed)
    assert "aws-cdk-lib/core/lib/app.js" in needed
    assert UNUSED not in needed
    listed.write_text(json.dumps([*needed, UNUSED]))
    assert any(UNUSED in modules_after(listed) for _ in range(5))
    assert [each.name for each in listed.parent.iterdir()] == [listed.name]


@pytest.mark.parametrize(
    "content", ["", "null", "[1]", '["aws-cdk-lib/gone.js", "aws-cdk-lib/../../../own.js"]', "[[["]
)
def test_a_list_that_is_none_is_made_anew(tmp_path: Path, content: str) -> None:
    listed = tmp_path / "modules.json"
    listed.write_text(content)
    found = modules_after(listed)
    assert "aws-cdk-lib/core/lib/app.js" in found
    assert not any("own.js" in each or "gone.js" in each for each in found)
