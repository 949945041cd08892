"""The project's feature flags, for apps started without the CDK's command line."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

SETTINGS = Path(__file__).resolve().parent.parent / "cdk.json"


def project_context() -> dict[str, Any]:
    """Read the context of ``cdk.json``; the command line's ``-c`` wins over it."""
    context: dict[str, Any] = json.loads(SETTINGS.read_text(encoding="utf-8"))["context"]
    return context
