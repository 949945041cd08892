"""Templates that people start later: the products of Service Catalog in a cloud assembly."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from environments.names import PROJECT_ID, PROJECT_NAME, PROJECT_START
from mlops.assembly.cloud_assembly import CloudAssembly, Stack
from mlops.errors import MlopsError

if TYPE_CHECKING:
    from pathlib import Path

# The CDK's name for such a file; it is an asset of the stack with the product.
SUFFIX = ".product.template.json"
# A project that nobody has started, for whoever looks at a template.
SAMPLE = {PROJECT_NAME: f"{PROJECT_START}sample", PROJECT_ID: "p-0123456789ab"}


def products_in(folder: Path, parameters: dict[str, str] | None = None) -> tuple[Stack, ...]:
    """Read the templates of products as if each had been started once.

    Parameters
    ----------
    folder : Path
        A cloud assembly of one environment.
    parameters : dict of str to str, optional
        What is given at the start; by default a sample project's name and id.

    Returns
    -------
    tuple of Stack
        In the account and region of the environment, sorted by the files' names; none where the
        environment has no product.

    Raises
    ------
    MlopsError
        If a template cannot be read.
    """
    files = sorted(folder.glob(f"*{SUFFIX}"))
    if not files:
        return ()
    around = CloudAssembly(folder).stacks
    if not around:
        raise MlopsError(f"{folder}: has products, but no stack that says where they are deployed")
    return tuple(
        Stack(
            file.name.removesuffix(SUFFIX),
            around[0].account,
            around[0].region,
            _template(file),
            parameters=parameters or SAMPLE,
        )
        for file in files
    )


def _template(file: Path) -> dict[str, object]:
    try:
        content = json.loads(file.read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise MlopsError(f"{file}: cannot be read as JSON: {error}") from None
    if not isinstance(content, dict):
        raise MlopsError(f"{file}: holds no JSON object")
    return content
