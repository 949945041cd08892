"""Compose definitions with the SDK that is installed, one line of JSON each, into a file.

python -m venv two && two/bin/pip install sagemaker==2.257.7 'moto[s3,iam,sts,sagemaker]'
two/bin/python compose.py sdk2.jsonl
.venv/bin/python compose.py sdk3.jsonl     # the SDK that the project pins
"""

from __future__ import annotations

import json
import re
import sys
from pathlib import Path

from of_checks import checks
from of_decisions import calls, clusters, decisions
from of_jobs import processing_jobs, training_jobs, tuning_jobs
from of_models import models
from of_objects import components, endpoints, lineage
from of_services import ANALYSES, clarify_checks, service_jobs
from sdk_kit import MAJOR, REGISTRY, kept_below
from sdk_steps import MADE

_TIME = re.compile(r"\d{4}(-\d\d){5}-\d{3}")  # in names that the SDK gives

_IMAGES = re.compile(r"\d{12}\.dkr\.ecr\.[\w.-]+/")


def main() -> int:
    """Write every definition as one line, under its name."""
    jobs = (processing_jobs, training_jobs, tuning_jobs)
    for define in (
        *jobs,
        checks,
        clarify_checks,
        models,
        decisions,
        calls,
        clusters,
        endpoints,
        components,
        lineage,
        service_jobs,
    ):
        define()
    if MAJOR > 2:
        from of_three import of_three

        of_three()
    lines = []
    for name, make in MADE.items():
        text = _IMAGES.sub(f"{REGISTRY}/", _TIME.sub("2026-01-01-00-00-00-000", make()))
        document = json.loads(text)
        document.pop("Metadata", None)
        # What the SDK uploads for the definition is part of it.
        files = {uri: body for uri, body in kept_below(ANALYSES).items() if uri in text}
        own = {"files": files} if files else {}
        lines.append(json.dumps({"name": name, **own, **document}, separators=(",", ":")))
    Path(sys.argv[1]).write_text("\n".join([*lines, ""]))
    return 0


if __name__ == "__main__":
    sys.exit(main())
