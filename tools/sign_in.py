"""Configure pip and npm for a domain of CodeArtifact.

Uses the standard library and the AWS CLI of CodeBuild's images; `set_up.py` copies the settings
for uv. Packages are pinned by hashes, whatever their source.
"""

from __future__ import annotations

import shutil
import subprocess
import sys

TOOLS = ("pip", "npm")
WORDS = 2  # of the command: this file, the domain


def main(words: list[str]) -> int:
    """Sign in to the domain that the command line names, or report why not."""
    if len(words) != WORDS:
        print("usage: sign_in.py DOMAIN (empty for none)", file=sys.stderr)
        return 2
    domain = words[1]
    if not domain:
        print("sign-in: no domain named; packages come from where pip and npm are set to")
        return 0
    if shutil.which("aws") is None:
        print("sign-in failed: the AWS CLI is not installed", file=sys.stderr)
        return 1
    for tool in TOOLS:
        login = ["aws", "codeartifact", "login", "--tool", tool]
        done = subprocess.run([*login, "--domain", domain, "--repository", domain], check=False)
        if done.returncode != 0:
            print(f"sign-in failed for {tool}; see above", file=sys.stderr)
            return 1
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv))
