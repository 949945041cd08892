"""`tools/kernel.sh` is Node for jsii: one process that speaks jsii's protocol, and ends with it."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

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


def run(program: str) -> subprocess.Popen[str]:
    return subprocess.Popen(
        [sys.executable, "-c", program],
        env={**environment_variables(), "JSII_NODE": str(KERNEL)},
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
