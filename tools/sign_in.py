"""Have pip and npm take packages from a domain of CodeArtifact.

Uses the standard library and the AWS CLI, which CodeBuild's images have; runs before `set_up.py`,
which takes the settings over for uv. What is installed is pinned by hashes, wherever it is from.
"""

from __future__ import annotations

import shutil
import subprocess
import sys

TOOLS = ("pip", "npm")
WORDS = 2  # of the command: this file, the domain


def main(words: list[str]) -> int:
    """Sign in, or say why not.

    Parameters
    ----------
    words : list of str
        The command line: this file, and the domain's name, which its repository has as well; empty
        leaves the settings of pip and npm as they are.
    """
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
