"""The project's feature flags, for whoever starts an app without the CDK's command line."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

SETTINGS = Path(__file__).resolve().parent.parent / "cdk.json"


def project_context() -> dict[str, Any]:
    """Read the context of ``cdk.json``.

    Returns
    -------
    dict
        Feature flags. The command line hands the same over and its ``-c`` wins; given to the app
        as well, ``python app.py`` and tests synthesize what ``cdk synth`` does.
    """
    context: dict[str, Any] = json.loads(SETTINGS.read_text(encoding="utf-8"))["context"]
    return context
