"""Built pipelines: plain data that the stacks and the operator's tool can read."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from pathlib import Path

    from pipeline_definitions.model_project import ModelProject


@dataclass(frozen=True)
class CodeBundle:
    """Files that jobs read, addressed by the SHA-256 of their content.

    `key_prefix` is the place in the artifacts bucket, with a slash at the end. It holds the digest:
    changed code has another address, so step caching never hides a change. The content of `folder`
    is delivered there, unpacked.
    Job code has its `source`, a folder, and the files there that were `read` to build definitions.
    """

    key_prefix: str
    folder: Path
    digest: str
    source: str = ""
    read: tuple[str, ...] = ()


@dataclass(frozen=True)
class BuiltPipeline:
    """One pipeline, ready to be bound to an environment's resources.

    Parameters
    ----------
    name, display_name : str
        The short name that commands take, such as ``training``, and that in SageMaker Studio.
    description : str
        One or two sentences, from the module's docstring.
    definition : dict
        The pipeline definition (schema 2020-12-01) with named placeholders such as
        ``${DataBucketName}`` inside its strings.
    placeholders : frozenset of str
        The placeholder names used, pseudo parameters (``AWS::Region`` …) left out.
    model_package_groups : tuple of str
        Full names of the model package groups that its RegisterModel steps write to.
    kept_prefixes : tuple of str
        Folders of the artifacts bucket that jobs read before anything is put into them.
    project : ModelProject, optional
        The model project that its module declares.
    """

    name: str
    display_name: str
    description: str
    definition: dict[str, Any]
    placeholders: frozenset[str]
    bundles: tuple[CodeBundle, ...]
    model_package_groups: tuple[str, ...]
    kept_prefixes: tuple[str, ...] = ()
    project: ModelProject | None = None
