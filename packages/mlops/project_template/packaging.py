"""A version of the project template, synthesized from a revision with all checks."""

from __future__ import annotations

import hashlib
import json
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from cloud_assembly.products import SUFFIX, environment_folder
from environments.loading import file_of
from mlops.project_template.seed import Seed, seed_of
from mlops.review.revisions import worktree
from mlops.review.snapshots import WITH_JUDGES, borrow, synthesized
from mlops.synthesis.synthesize import findings
from mlops_common.errors import MlopsError
from mlops_common.files import write_atomically

if TYPE_CHECKING:
    from environments.settings import EnvironmentSettings

# What CloudFormation takes from S3 (User Guide, quotas).
MOST_BYTES = 1_000_000


@dataclass(frozen=True)
class TemplateVersion:
    """A version that can be published; its template is the synthesized one, byte for byte."""

    environment: str
    seed: Seed
    template: str

    @property
    def name(self) -> str:
        """Name in Service Catalog: revision and content."""
        return self.seed.name

    @property
    def digest(self) -> str:
        """SHA-256 of the template, which names the archive and so its content."""
        return hashlib.sha256(self.template.encode()).hexdigest()

    @property
    def file_name(self) -> str:
        """Name of the template's file."""
        return f"{self.environment}-{self.name}-{self.digest[:12]}.template.json"

    def write(self, folder: Path) -> tuple[Path, Path]:
        """Write both files, each atomically."""
        template, archive = folder / self.file_name, folder / Path(self.seed.key).name
        write_atomically(archive, self.seed.content)
        write_atomically(template, self.template)
        return template, archive

    def facts(self) -> dict[str, Any]:
        """Return it as plain facts."""
        return {
            "environment": self.environment,
            "name": self.name,
            "revision": self.seed.commit,
            "template_sha256": self.digest,
            "seed_sha256": self.seed.digest,
            "seed_key": self.seed.key,
            "files": self.seed.files,
        }


def package(root: Path, settings: EnvironmentSettings, revision: str) -> TemplateVersion:
    """Build a version from a revision, reproducibly, with rule packs, promises and cfn-lint."""
    if settings.project_template is None:
        raise MlopsError(
            f"{file_of(settings.name)}: has no project_template; write one, and deploy"
        )
    seed = seed_of(root, revision)
    output = root / "build" / "project-template" / settings.name
    with worktree(root, seed.commit) as tree:
        borrow(root, tree)
        context = {"project_seed": seed.key}
        folder = synthesized(tree, [settings.name], output, WITH_JUDGES, context)
    if refused := findings(folder):
        shown = (f"  {line}" for line in refused)
        raise MlopsError(f"revision {seed.commit[:12]} does not pass its checks:", *shown)
    found = sorted(environment_folder(folder, settings.name).glob(f"*{SUFFIX}"))
    if not found:
        raise MlopsError(
            f"revision {seed.commit[:12]}: {settings.name} has no project template in it"
        )
    content = json.loads(found[0].read_text(encoding="utf-8"))
    template = f"{json.dumps(content, sort_keys=True, separators=(',', ':'))}\n"
    if len(template.encode()) > MOST_BYTES:
        raise MlopsError(
            f"the template has {len(template):,} bytes; CloudFormation takes {MOST_BYTES:,}:"
            " name fewer pipelines in project_template.pipelines"
        )
    _lint(found[0], settings.region)
    return TemplateVersion(settings.name, seed, template)


def _lint(template: Path, region: str) -> None:
    command = [str(Path(sys.executable).with_name("cfn-lint")), "--regions", region]
    done = subprocess.run(
        [*command, "--non-zero-exit-code", "error", str(template)],
        capture_output=True,
        text=True,
        check=False,
    )
    if done.returncode != 0:
        lines = [line for line in done.stdout.splitlines() if line.strip()]
        shown = (f"  {line}" for line in lines[:10])
        raise MlopsError("cfn-lint refuses the template:", *shown)
