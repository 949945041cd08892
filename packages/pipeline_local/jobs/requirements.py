"""`requirements.txt` beside a script, which framework images install before they start it.

Source: github.com/aws/sagemaker-training-toolkit and sagemaker-inference-toolkit: they run
`pip install -r requirements.txt` in the folder of the script, and fail the job if pip does.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from pipeline_local.jobs.containers import inside

if TYPE_CHECKING:
    from pathlib import Path

_NAME = "requirements.txt"
_ADVICE = (
    "it asks the index and the wheel folders of this user's settings of pip; name others in the "
    "file, or bring wheels beside it (--no-index, --find-links)"
)
_NO_REPOSITORY = (
    "CA_REPOSITORY_ARN names a repository of CodeArtifact, which is not asked here; leave the "
    "variable out, and name the index in this user's settings of pip"
)
_INSTALL = f"""
log="$TMPDIR/{_NAME}.log"
if [ -n "$CA_REPOSITORY_ARN" ]; then
    echo "InstallRequirementsError: {_NAME}: {_NO_REPOSITORY}" >/opt/ml/output/failure
    exit 1
fi
(cd "$0" && python3 -m pip install -r {_NAME}) >"$log" 2>&1; status=$?
cat "$log"
if [ $status -ne 0 ]; then
    reason=$(grep ^ERROR "$log" | tail -n 1)
    echo "InstallRequirementsError: {_NAME}: $reason; {_ADVICE}" >/opt/ml/output/failure
    exit 1
fi
exec "$@"
"""


def after_requirements(command: tuple[str, ...], content: Path, folder: str) -> tuple[str, ...]:
    """Return a command that installs the requirements in a folder of the job before it starts."""
    if not (inside(content, folder) / _NAME).is_file():
        return command
    return ("/bin/sh", "-c", _INSTALL, folder, *command)
