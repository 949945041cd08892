"""What a job can read, write and undo of this machine: as root, and as an ordinary user."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
import tempfile
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from pipeline_local.jobs import sandbox
from pipeline_local.jobs.system_calls import CALLS

if TYPE_CHECKING:
    from collections.abc import Iterator

PACKAGES = Path(sandbox.__file__).parents[2]
NOBODY = 65534
AS_NOBODY = ("setpriv", f"--reuid={NOBODY}", f"--regid={NOBODY}", "--clear-groups")
RUN = """
import json, sys, threading
sys.path.insert(0, sys.argv[1])
from pathlib import Path
from pipeline_local.jobs import sandbox
if not sandbox.namespaces_available():
    sys.exit("the kernel gives this user no namespaces")
folder = Path(sys.argv[2])
command = ("python3", "/opt/ml/job.py", *sys.argv[4:])
one = sandbox.JobProcess(command, {}, folder, folder / "log", json.loads(sys.argv[3]), 60)
code = sandbox.run_processes([one], threading.Event()).exit_code
print((folder / "log").read_text(), end="")
sys.exit(f"exit code {code}" if code else 0)
"""
# Prints everything that it should not have been able to do.
READING = """
import ctypes, os, sys
from pathlib import Path

def attempt(what, action):
    try:
        action()
    except OSError:
        return
    print(what)

for path in sys.argv[1:]:
    attempt(f"read {path}", lambda: Path(path).read_bytes())
"""
HOSTILE = (
    READING
    + """
folders = {"/", "/etc", "/usr", "/usr/bin", "/usr/local/lib", "/var", "/home", "/dev", "/opt"}
folders |= {sys.base_prefix, *(each for each in sys.path[1:] if not each.startswith(sys.prefix))}
for folder in sorted(folders):
    attempt(f"wrote to {folder}", lambda: Path(folder, "written").touch())
attempt("changed the kernel", lambda: Path("/proc/sys/kernel/printk").write_text("4"))

libc = ctypes.CDLL(None, use_errno=True)

def checked(result):
    if result:
        raise OSError(ctypes.get_errno(), "refused")

def undo():
    REMOUNT, BIND = 32, 4096
    attempt("remounted", lambda: checked(libc.mount(b"none", b"/usr/bin", b"", REMOUNT | BIND, 0)))
    attempt("unmounted", lambda: checked(libc.umount2(b"/etc/hosts", 2)))

undo()
NEW_MOUNTS, NEW_USER = 0x00020000, 0x10000000
libc.unshare(NEW_USER | NEW_MOUNTS)
undo()
"""
)
# Everything that a job may count on.
HARMLESS = """
import importlib.util, multiprocessing, os, socket, ssl, subprocess, sys, sysconfig, tempfile
from pathlib import Path

if __name__ == "__main__":
    Path("/opt/ml/made").touch()
    Path("/tmp/made").touch()
    assert Path.home() == Path(tempfile.gettempdir()) == Path("/tmp"), Path.home()
    assert socket.gethostbyname("localhost") == "127.0.0.1"
    assert socket.gethostbyname(socket.gethostname()) == "127.0.0.1"
    ssl.create_default_context()
    Path("/dev/null").write_text("gone")
    Path("/dev/urandom").open("rb").read(4)
    with multiprocessing.get_context("spawn").Pool(1) as pool:
        assert pool.map(abs, [-1]) == [1]
    assert Path(sys.prefix, "bin").is_dir() and importlib.util.find_spec("later") is None
    Path(sysconfig.get_path("purelib"), "later.py").touch()
    import later
    subprocess.run(["sh", "-c", "ls /usr/bin | grep -c . && cat /proc/self/comm"], check=True)
    print("worked")
"""


@cache
def ordinary_python() -> str:
    """Return the Python that an ordinary user can start, or an empty text."""
    if os.geteuid() != 0:
        return sys.executable
    if not shutil.which(AS_NOBODY[0]):
        return ""
    read = "import sys; sys.path.insert(0, sys.argv[1]); import pipeline_local.jobs.jail"
    again = (
        "import subprocess, sys;"
        f"subprocess.check_call([sys.executable, '-c', {read!r}, sys.argv[1]])"
    )
    for python in (sys.executable, "/usr/bin/python3"):
        if shutil.which(python):
            command = [*AS_NOBODY, python, "-c", again, str(PACKAGES)]
            done = subprocess.run(command, capture_output=True, check=False, cwd="/")
            if done.returncode == 0:
                return python
    return ""


@pytest.fixture(params=["root", "ordinary user"])
def start(request: pytest.FixtureRequest) -> tuple[str, ...]:
    """Return the start of a command line that runs Python as a kind of user."""
    if request.param == "root":
        if os.geteuid() != 0:
            pytest.skip("the tests do not run as root")
        return (sys.executable,)
    if not (python := ordinary_python()):
        pytest.skip("an ordinary user can start no Python here that reads the checkout")
    return (*AS_NOBODY, python) if os.geteuid() == 0 else (python,)


@pytest.fixture
def home() -> Iterator[Path]:
    """A home that every user may read, with another job's folder and a project in it."""
    folder = Path(tempfile.mkdtemp(prefix="mlops-home-"))
    for name in ("secret", "project/settings.yaml", "project/jobs/Other/ml/model"):
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_text("not for jobs")
    (folder / "project/jobs/Own/ml").mkdir(parents=True)
    for path in (folder, *folder.rglob("*")):
        if os.geteuid() == 0:
            os.chown(path, NOBODY, NOBODY)
        path.chmod(0o777)
    yield folder
    shutil.rmtree(folder)


def run_job(
    start: tuple[str, ...], home: Path, script: str, isolated: bool, *arguments: str
) -> str:
    own = home / "project/jobs/Own"
    (own / "ml" / "job.py").write_text(script)
    done = subprocess.run(
        [*start, "-c", RUN, str(PACKAGES), str(own), json.dumps(isolated), *arguments],
        env={**os.environ, "HOME": str(home)},
        cwd=home,
        capture_output=True,
        text=True,
        check=False,
    )
    if "no namespaces" in done.stderr:
        pytest.skip("the kernel gives this user no namespaces")
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


@pytest.mark.parametrize("isolated", [True, False])
def test_a_job_can_do_nothing_outside_its_own(
    start: tuple[str, ...], home: Path, isolated: bool
) -> None:
    hidden = ["/etc/shadow", "/etc/sudoers", "/etc/ssl/private", "/var/run/docker.sock", __file__]
    hidden += [str(path) for path in home.rglob("*") if path.is_file()]
    hidden += [str(path) for path in Path.home().iterdir() if path.is_file()]
    assert run_job(start, home, HOSTILE, isolated, *hidden) == ""
    assert list((home / "project/jobs/Own").glob("*/written")) == []


# Prints each call that is answered other than by the filter.
CALLING = """
import ctypes, errno, json, os, sys

libc = ctypes.CDLL(None, use_errno=True)

def answer(number, *arguments):
    ctypes.set_errno(0)
    if libc.syscall(number, *(arguments or (-1,) * 6)) == 0:
        os._exit(0)  # a child, that should not be
    return errno.errorcode.get(ctypes.get_errno())

for name, number in json.loads(sys.argv[1]).items():
    if (said := answer(number)) != "EPERM":
        print(name, said)
clone = {"x86_64": 56, "aarch64": 220}[os.uname().machine]
NEW_USER, SIGCHLD = 0x10000000, 17
print(answer(clone, NEW_USER | SIGCHLD, 0, 0, 0, 0), answer(435, 0, 0))
"""


def test_a_job_cannot_administer_the_machine(start: tuple[str, ...], home: Path) -> None:
    if (machine := os.uname().machine) not in ("x86_64", "aarch64"):
        pytest.skip(f"there is no filter of system calls for {machine}")
    calls = {name: numbers[machine] for name, numbers in CALLS.items()}
    assert run_job(start, home, CALLING, False, json.dumps(calls)) == "EPERM ENOSYS\n"


def test_what_a_program_outside_can_read_is_seen(home: Path) -> None:
    command = [sys.executable, "-c", READING, str(home / "secret"), "/absent"]
    said = subprocess.run(command, capture_output=True, text=True, check=True).stdout
    assert said == f"read {home / 'secret'}\n"


@pytest.mark.parametrize("isolated", [True, False])
def test_what_a_job_needs_is_there(start: tuple[str, ...], home: Path, isolated: bool) -> None:
    assert run_job(start, home, HARMLESS, isolated).endswith("worked\n")
    assert (home / "project/jobs/Own/ml/made").exists()
    assert (home / "project/jobs/Own/tmp/made").exists()


def test_a_run_says_where_the_kernel_gives_no_proc_of_its_own() -> None:
    note = "from pipeline_local.jobs import sandbox; print(sandbox.isolation_note())"
    masked = 'mount -t tmpfs none /proc/sys && exec "$0" -c "$1"'  # as containers' hosts do
    command = ["unshare", "--mount", "sh", "-c", masked, sys.executable, note]
    if os.geteuid() != 0 or not shutil.which(command[0]):
        pytest.skip("only root can mask a part of /proc")
    done = subprocess.run(command, capture_output=True, text=True, check=False, cwd=PACKAGES)
    if done.returncode:
        pytest.skip(f"no part of /proc can be masked here: {done.stderr}")
    assert "forbids a /proc of its own: the job sees other processes" in done.stdout


REMOVE = """
import sys
from pathlib import Path
sys.path.insert(0, sys.argv[1])
from pipeline_local.jobs.left_files import remove_tree
remove_tree(Path(sys.argv[2]))
"""


def test_what_a_job_forbids_its_owner_is_removed(start: tuple[str, ...], home: Path) -> None:
    left = home / "project/jobs/Own/ml/left"
    (left / "inner").mkdir(parents=True)
    (left / "inner" / "file").touch()
    (left / "out").symlink_to(home / "project")
    for path in (left / "inner" / "file", left / "inner", left):
        if os.geteuid() == 0:
            os.chown(path, NOBODY, NOBODY)
        path.chmod(0o500)
    subprocess.run([*start, "-c", REMOVE, str(PACKAGES), str(left)], check=True, cwd=home)
    assert [each.name for each in left.parent.iterdir()] == []
    assert (home / "project/settings.yaml").exists()
