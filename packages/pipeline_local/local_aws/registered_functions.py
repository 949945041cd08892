"""The Lambda functions of deployments, by ARN: targets of a pipeline's Lambda steps."""

from __future__ import annotations

import json
import threading
from dataclasses import replace
from functools import partial
from typing import TYPE_CHECKING, Any

from mlops_common.files import write_atomically
from pipeline_local.aws.functions import FunctionTarget
from pipeline_local.local_aws.blobs import keep_folder
from pipeline_local.local_aws.deployed_functions import deployed_functions

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path


class FunctionFile:
    """Entries of functions in a JSON file; their code is copied beside it.

    Copied, because the folder of a synthesis does not last.
    """

    def __init__(self, folder: Path, name: str) -> None:
        self._path = folder / name
        self._code = folder / "functions"
        self._lock = threading.Lock()
        self._entries: dict[str, Any] = (
            json.loads(self._path.read_text()) if self._path.is_file() else {}
        )

    def _put(
        self, key: str, function: FunctionTarget, entry: Callable[[dict[str, Any]], dict[str, Any]]
    ) -> None:
        with self._lock:
            copied = replace(function, folder=keep_folder(function.folder, self._code))
            made = entry(copied.to_json())
            if self._entries.get(key) != made:
                self._entries = {**self._entries, key: made}
                write_atomically(self._path, json.dumps(self._entries, indent=2, sort_keys=True))


class RegisteredFunctions(FunctionFile):
    """The functions by ARN."""

    def __init__(self, folder: Path) -> None:
        super().__init__(folder, "functions.json")

    def register(self, arn: str, function: FunctionTarget) -> None:
        """Add or replace a function."""
        self._put(arn, function, lambda copied: copied)

    def known(self) -> dict[str, Callable[[], FunctionTarget]]:
        """Return what prepares each function, by ARN.

        A function of Lambda's state comes before a registered one.
        """
        registered = {
            arn: partial(FunctionTarget.from_json, each) for arn, each in self._entries.items()
        }
        return {**registered, **deployed_functions(self._code)}
