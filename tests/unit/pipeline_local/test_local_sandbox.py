"""A job's process: its view of the machine, its network, its end."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import textwrap
import threading
import time
from dataclasses import replace
from pathlib import Path

import pytest

from mlops_common.errors import MlopsError
from pipeline_local.jobs import sandbox
from pipeline_local.jobs.namespaces import exit_status
from pipeline_local.jobs.sandbox import JobProcess, namespaces_available, run_processes

needs_namespaces = pytest.mark.skipif(
    not namespaces_available(), reason="the kernel gives this user no namespaces"
)


def job(folder: Path, script: str, **changes: object) -> JobProcess:
    (folder / "ml").mkdir(parents=True)
    (folder / "ml" / "run.py").write_text(textwrap.dedent(script))
    values = {
        "command": ("python3", "/opt/ml/run.py"),
        "environment": {"GIVEN": "yes"},
        "folder": folder,
        "log": folder / "log",
        "isolated": True,
        "max_seconds": 20.0,
        **changes,
    }
    return JobProcess(**values)  # type: ignore[arg-type]


@needs_namespaces
def test_a_job_sees_the_container_and_nothing_of_the_caller(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "secret")
    monkeypatch.setenv("PYTHONPATH", "/somewhere")
    script = """
        import os, sys
        assert os.getcwd() == "/opt/ml" and os.listdir("/opt/ml") == ["run.py"], os.listdir()
        assert os.environ["GIVEN"] == "yes"
        assert "AWS_SECRET_ACCESS_KEY" not in os.environ, os.environ
        assert "PYTHONPATH" not in os.environ, os.environ
        assert os.getpid() == 1
        open("/opt/ml/made", "w").write("by the job")
        import numpy
        try:
            open(os.path.join(os.path.dirname(numpy.__file__), "changed"), "w")
        except OSError:
            print("packages are read-only")
    """
    end = run_processes([job(tmp_path / "job", script)], threading.Event())
    log = (tmp_path / "job" / "log").read_text()
    assert (end.exit_code, log) == (0, "packages are read-only\n")
    assert (tmp_path / "job" / "ml" / "made").read_text() == "by the job"


@needs_namespaces
@pytest.mark.parametrize(("isolated", "reached"), [(True, False), (False, True)])
def test_isolation_leaves_loopback_and_no_other_network(
    tmp_path: Path, isolated: bool, reached: bool
) -> None:
    import socket

    with socket.create_server(("127.0.0.1", 0)) as outside:
        script = f"""
            import socket
            with socket.create_server(("127.0.0.1", 0)) as own:
                socket.create_connection(own.getsockname(), 5).close()
            try:
                socket.create_connection(("127.0.0.1", {outside.getsockname()[1]}), 5).close()
                print(True)
            except OSError:
                print(False)
        """
        end = run_processes([job(tmp_path / "job", script, isolated=isolated)], threading.Event())
    assert end.exit_code == 0
    assert (tmp_path / "job" / "log").read_text().strip() == str(reached)


@needs_namespaces
def test_a_job_that_takes_too_long_is_killed(tmp_path: Path) -> None:
    script = "import time; time.sleep(60)"
    end = run_processes([job(tmp_path / "job", script, max_seconds=0.3)], threading.Event())
    assert end.timed_out


@needs_namespaces
def test_a_stopped_job_is_killed_with_its_children(tmp_path: Path) -> None:
    script = """
        import subprocess, time
        subprocess.Popen(["sh", "-c", "while :; do date >> /opt/ml/beat; sleep 0.02; done"])
        time.sleep(60)
    """
    stop, beat = threading.Event(), tmp_path / "job" / "ml" / "beat"
    threading.Thread(target=lambda: (wait_for(beat), stop.set())).start()
    end = run_processes([job(tmp_path / "job", script)], stop)
    assert end.stopped
    assert_silent(beat)


@needs_namespaces
@pytest.mark.parametrize("group", [False, True])
def test_nothing_survives_a_killed_runner(tmp_path: Path, group: bool) -> None:
    beat = tmp_path / "job" / "ml" / "beat"
    job(tmp_path / "job", "").folder.joinpath("ml", "run.sh").write_text(
        "while :; do date >> /opt/ml/beat; sleep 0.02; done"
    )
    runner = f"""
import threading
from pathlib import Path
from pipeline_local.jobs.sandbox import JobProcess, run_processes
folder = Path({str(tmp_path / "job")!r})
run_processes(
    [JobProcess(("sh", "/opt/ml/run.sh"), {{}}, folder, folder / "log", True, 60)],
    threading.Event(),
)
"""
    process = subprocess.Popen(
        [sys.executable, "-c", runner],
        start_new_session=True,
        cwd=Path(sandbox.__file__).parents[2],
    )
    wait_for(beat)
    assert beat.exists()
    (os.killpg if group else os.kill)(process.pid, signal.SIGKILL)
    process.wait()
    assert_silent(beat)


def test_a_program_that_does_not_exist_is_named(tmp_path: Path) -> None:
    if not namespaces_available():
        pytest.skip("the kernel gives this user no namespaces")
    end = run_processes([job(tmp_path / "job", "", command=("pyhton",))], threading.Event())
    assert end.exit_code == 127
    assert "cannot start pyhton" in (tmp_path / "job" / "log").read_text()


@pytest.mark.parametrize(
    ("command", "environment"),
    [
        (("/opt/ml/run.py",), {}),
        (("/opt/ml",), {}),
        (("sh", "-c", "a\0b"), {}),
        (("sh",), {"": ""}),
    ],
)
def test_a_program_that_cannot_be_executed_is_the_user_s_mistake(
    tmp_path: Path, command: tuple[str, ...], environment: dict[str, str]
) -> None:
    if not namespaces_available():
        pytest.skip("the kernel gives this user no namespaces")
    made = job(tmp_path / "job", "", command=command)
    (tmp_path / "job" / "ml" / "run.py").write_text("print()")
    made = replace(made, environment={**made.environment, **environment})
    assert run_processes([made], threading.Event()).exit_code == 126
    assert f"cannot start {command[0]}" in (tmp_path / "job" / "log").read_text()


def test_without_namespaces_jobs_share_a_link_or_are_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    root = tmp_path / "opt" / "ml"
    root.parent.mkdir()
    monkeypatch.setattr(sandbox, "namespaces_available", lambda: False)
    monkeypatch.setattr(sandbox, "CONTAINER_ROOT", root)
    script = f"open({str(root / 'made')!r}, 'w').write('x')"
    command = ("python3", str(root / "run.py"))
    plain = job(tmp_path / "job", script, command=command, directory=str(root))
    assert run_processes([plain], threading.Event()).exit_code == 0
    assert (tmp_path / "job" / "ml" / "made").exists()
    assert not root.is_symlink()
    assert "NOT enforced" in str(sandbox.isolation_note())

    root.mkdir()
    with pytest.raises(MlopsError, match=r"neither namespaces .* nor a link"):
        run_processes([plain], threading.Event())


def wait_for(file: Path) -> None:
    deadline = time.monotonic() + 10
    while not file.exists() and time.monotonic() < deadline:
        time.sleep(0.02)


def assert_silent(beat: Path) -> None:
    time.sleep(0.1)
    size = beat.stat().st_size
    time.sleep(0.3)
    assert beat.stat().st_size == size


@pytest.mark.parametrize(("code", "status"), [(0, 0), (3, 3), (-9, 137), (-15, 143)])
def test_how_a_process_ended_is_reported_as_shells_do(code: int, status: int) -> None:
    assert exit_status(code) == status
