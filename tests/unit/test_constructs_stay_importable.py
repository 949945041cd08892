"""Our folder `constructs/` must never hide jsii's package of that name."""

from __future__ import annotations

import subprocess
import sys

from tests.synthesis import PROJECT

ASK = "import constructs; from constructs import Construct; print(constructs.__file__)"


def test_the_folder_is_a_source_root_and_no_package() -> None:
    assert not (PROJECT / "constructs" / "__init__.py").exists()
    assert (PROJECT / "constructs" / "secure_mlops_constructs" / "__init__.py").exists()


def test_jsiis_package_is_found_from_the_projects_folder() -> None:
    found = subprocess.run(
        [sys.executable, "-c", ASK], cwd=PROJECT, capture_output=True, text=True, check=True
    )
    assert "site-packages" in found.stdout
