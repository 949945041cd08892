"""The definitions of both SDKs and by hand, as the files beside have them."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import yaml

FOLDER = Path(__file__).parent / "definitions"
EXPECTED: dict[str, Any] = yaml.safe_load((FOLDER / "expected.yaml").read_text())


def definitions() -> dict[str, dict[str, Any]]:
    """Return every definition by its origin and name; `files` is what it reads beside the data."""
    found = {}
    for origin in ("sdk2", "sdk3"):
        for line in (FOLDER / f"{origin}.jsonl").read_text().splitlines():
            document = json.loads(line)
            found[f"{origin}/{document.pop('name')}"] = document
    by_hand = yaml.safe_load((FOLDER / "hand.yaml").read_text())["definitions"]
    return found | {f"hand/{name}": document for name, document in by_hand.items()}


FILES: dict[str, dict[str, str]] = {}
DEFINITIONS = definitions()
for _name, _document in DEFINITIONS.items():
    FILES[_name] = _document.pop("files", {})
