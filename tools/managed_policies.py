"""Write the texts of AWS's managed policies, as moto has them from AWS's API; --check compares."""

from __future__ import annotations

import json
import sys
from importlib.metadata import version
from pathlib import Path

import generated

PROJECT = Path(__file__).resolve().parents[1]
TABLE = PROJECT / "packages" / "promises" / "world" / "aws_managed_policies.json"
# Only AWS attaches these, to roles that it makes for its services.
_ATTACHED_BY_AWS = "/aws-service-role/"


def table() -> str:
    """Render the table: one line a policy, by path and name, with version and date."""
    from moto.iam.aws_managed_policies import aws_managed_policies_data

    rows = {
        f"{each['Path'].removeprefix('/')}{name}": {
            "version": each["DefaultVersionId"],
            "date": each["UpdateDate"][: len("2026-01-31")],
            "document": each["Document"],
        }
        for name, each in json.loads(aws_managed_policies_data).items()
        if each["Path"] != _ATTACHED_BY_AWS
    }
    lines = [f"{json.dumps(name)}:{_compact(row)}" for name, row in sorted(rows.items())]
    source = f"moto {version('moto')}, from the AWS API's GetPolicyVersion; attachable ones"
    head = f'{{"source":{json.dumps(source)},"policies":{{\n'
    return head + ",\n".join(lines) + "\n}}\n"


def _compact(row: object) -> str:
    return json.dumps(row, separators=(",", ":"), sort_keys=True)


def main() -> int:
    """Write the table, or report that it is out of date."""
    stale = f"{TABLE.name} is out of date; run: python tools/managed_policies.py"
    return generated.write(TABLE, table(), stale)


if __name__ == "__main__":
    sys.exit(main())
