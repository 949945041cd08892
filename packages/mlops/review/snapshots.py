"""The two sides of a comparison: a cloud assembly each, synthesized where none is given."""

from __future__ import annotations

import json
import sys
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

from environments import SettingsError, allowed_instance_types
from environments.loading import available_environments, load_environments, settings_folder
from mlops.review.revisions import git, worktree
from mlops.synthesis.kept import is_made_from, seal
from mlops.synthesis.synthesize import (
    REPORT_FILE,
    environment_variables,
    fingerprint_of_inputs,
    one_at_a_time,
    replace_folder,
)
from mlops_common.errors import MlopsError
from mlops_common.processes import run_captured
from promises.world import environments_in

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from pathlib import Path

_SHOWN_LINES = 15
# Templates alone, without what judges them; an older revision may lack either module.
WITHOUT_JUDGES = """
import contextlib, importlib, os, runpy
os.environ["CDK_VALIDATION"] = "false"
for module, judge in (("stacks.promises", "add_promises"), ("stacks.rule_packs", "add_rule_packs")):
    with contextlib.suppress(ImportError):
        setattr(importlib.import_module(module), judge, lambda *_: None)
runpy.run_path("app.py", run_name="__main__")
"""
WITH_JUDGES = "import runpy; runpy.run_path('app.py', run_name='__main__')"


@dataclass(frozen=True)
class Side:
    """One side of a comparison."""

    label: str
    environments: Mapping[str, Path]
    reports: tuple[Path, ...] = ()
    instance_types: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    notes: tuple[str, ...] = ()

    def allowed_instance_types(self, name: str, account: str) -> tuple[str, ...]:
        """Return an environment's instance types, by today's settings where unknown."""
        return self.instance_types.get(name) or allowed_instance_types(name, account)


def given_side(folder: Path) -> Side:
    """Read a cloud assembly that `cdk synth` wrote."""
    return Side(str(folder), dict(environments_in(folder)), _reports(folder))


def _reports(*folders: Path) -> tuple[Path, ...]:
    return tuple(file for each in folders if (file := each / REPORT_FILE).is_file())


def side_of_sources(
    root: Path, tree: Path, called: str, names: Sequence[str] | None = None
) -> Side:
    """Synthesize another state of this project from a folder with `app.py`."""
    tree = tree.resolve()
    notes = borrow(root, tree)
    has = _names(tree)
    chosen = [name for name in names or has if name in has]
    if not chosen:
        return Side(called, {}, notes=notes)
    folder = synthesized(tree, chosen, root / "build" / "review" / "before", WITHOUT_JUDGES)
    types = _instance_types(tree, chosen)
    return Side(called, dict(environments_in(folder)), (), types, notes)


def todays_side(root: Path, names: Sequence[str] | None = None) -> Side:
    """Synthesize the working tree where it changed, with the reports of its judges."""
    names = names or _names(root)
    fingerprint = fingerprint_of_inputs(root)
    known = [root / "build" / "cloud-assembly" / name for name in names]
    if all(is_made_from(each, fingerprint) for each in known):
        environments = {
            name: path
            for each, wanted in zip(known, names, strict=True)
            for name, path in environments_in(each)
            if name == wanted
        }
    else:
        known = [synthesized(root, names, root / "build" / "review" / "after", WITH_JUDGES)]
        environments = dict(environments_in(known[0]))
    types = _instance_types(root, names)
    return Side("the working tree", environments, _reports(*known), types)


def side_of_revision(root: Path, revision: str, names: Sequence[str] | None = None) -> Side:
    """Synthesize a revision in a temporary worktree, unless that was done before."""
    commit = git(root, "rev-parse", "--verify", "--quiet", f"{revision}^{{commit}}")
    if not commit:
        raise MlopsError(
            f"--against {revision}: neither a folder nor a revision known here; fetch it "
            "(git fetch), or name the folder that `cdk synth` wrote"
        )
    with worktree(root, commit) as tree:
        return side_of_sources(root, tree, f"revision {commit[:12]}", names)


def _names(root: Path) -> list[str]:
    return list(available_environments(settings_folder(root)))


def _instance_types(root: Path, names: Sequence[str]) -> dict[str, tuple[str, ...]]:
    try:
        found = load_environments(",".join(names), settings_folder(root))
    except SettingsError:  # files of a revision whose settings were others
        return {}
    return {each.name: tuple(each.instance_types) for each in found}


def borrow(root: Path, tree: Path) -> tuple[str, ...]:
    """Link the jobs' wheels into a worktree."""
    wheels, place = root / "build" / "wheelhouse", tree / "build" / "wheelhouse"
    if wheels.is_dir() and not place.exists():
        place.parent.mkdir(parents=True, exist_ok=True)
        place.symlink_to(wheels.resolve(), target_is_directory=True)
    lists = [each / "processing_code" / "wheelhouse.txt" for each in (root, tree)]
    contents = [each.read_bytes() if each.is_file() else b"" for each in lists]
    if contents[0] == contents[1]:
        return ()
    note = (
        "processing_code/wheelhouse.txt changed; only today's wheels are here, so its effect on "
        "the jobs' packages and caches is not shown below"
    )
    return (note,)


def synthesized(
    root: Path,
    names: Sequence[str],
    output: Path,
    program: str,
    context: Mapping[str, str] | None = None,
) -> Path:
    """Run the app of a tree, unless its result exists, even one that its judges refuse."""
    context = {"environment": ",".join(names), **(context or {})}
    mark = " ".join([fingerprint_of_inputs(root), *context.values()])
    with one_at_a_time(output):
        if not is_made_from(output, mark):
            replace_folder(output, lambda fresh: _run(root, program, context, mark, fresh))
    return output


def _run(root: Path, program: str, context: Mapping[str, str], mark: str, output: Path) -> None:
    result = run_captured(
        [sys.executable, "-c", program],
        root,
        {
            **environment_variables(),
            "CDK_CONTEXT_JSON": json.dumps(context),
            "CDK_OUTDIR": str(output),
            "PYTHONPATH": f"{root}:{root / 'constructs'}",
            "PYTHONDONTWRITEBYTECODE": "1",
        },
    )
    judged = (output / "manifest.json").is_file() and (output / REPORT_FILE).is_file()
    if result.returncode != 0 and not judged:
        lines = [line for line in (result.stdout + result.stderr).splitlines() if line.strip()]
        shown = (f"  {line}" for line in lines[-_SHOWN_LINES:])
        raise MlopsError(f"{root}: cannot be synthesized:", *shown)
    seal(output, mark)


def only(side: Side, names: Sequence[str]) -> Side:
    """Keep the named environments of a side; without names, all."""
    kept = {name: path for name, path in side.environments.items() if name in names or not names}
    return replace(side, environments=kept)
