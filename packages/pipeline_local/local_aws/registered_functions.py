"""The Lambda functions of deployments, by ARN: targets of a pipeline's Lambda steps."""

from __future__ import annotations

import json
import threading
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from mlops_common.files import write_atomically
from pipeline_local.local_aws.blobs import keep_folder

if TYPE_CHECKING:
    from pathlib import Path

    from pipeline_local.aws.functions import FunctionTarget


class RegisteredFunctions:
    """Functions kept in a file, their code beside it."""

    def __init__(self, folder: Path) -> None:
        self._path = folder / "functions.json"
        self._code = folder / "functions"
        self._lock = threading.Lock()
        self._known: dict[str, Any] = (
            json.loads(self._path.read_text()) if self._path.is_file() else {}
        )

    def register(self, arn: str, function: FunctionTarget) -> None:
        """Add or replace a function; its code is copied, as a synthesis folder does not last."""
        with self._lock:
            kept = replace(function, folder=keep_folder(function.folder, self._code)).to_json()
            if self._known.get(arn) != kept:
                self._known = {**self._known, arn: kept}
                write_atomically(self._path, json.dumps(self._known, indent=2, sort_keys=True))

    def known(self) -> dict[str, Any]:
        """Return the functions by ARN, each as `FunctionTarget.to_json` gives it."""
        return dict(self._known)
