"""Patches of moto's Lambda: it accepts any bytes as code, and images, which do not run here."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from pipeline_local.local_aws.function_archives import ArchiveError, check_archive
from pipeline_local.local_aws.moto_patches import around

if TYPE_CHECKING:
    from collections.abc import Callable


def install() -> None:
    """Apply all patches below."""
    archives_of_functions_unpack()
    archives_of_layers_unpack()
    archives_have_a_handler()
    images_are_refused()


def archives_of_functions_unpack() -> None:
    """Refuse code that is missing or cannot be unpacked, before the function changes."""
    from moto.awslambda import models

    def set_code(known: Callable[..., Any], self: Any, changes: dict[str, Any]) -> None:
        if "ZipFile" in changes:
            _check(models._zipfile_content(changes["ZipFile"])[0])  # noqa: SLF001 (moto reads it so)
        elif "S3Key" in changes:
            found: Any = models._validate_s3_bucket_and_key(  # noqa: SLF001
                self.account_id, self.partition, changes
            )
            _check(found.value)
        elif not hasattr(self, "code_bytes"):
            _refuse("Please provide a source for function code.")
        known(self, changes)

    around(models.LambdaFunction, "_set_function_code", set_code)


def archives_of_layers_unpack() -> None:
    """Refuse a layer that cannot be unpacked."""
    from moto.awslambda.models import LayerVersion

    def init(known: Callable[..., Any], self: Any, *args: Any, **kwargs: Any) -> None:
        known(self, *args, **kwargs)
        _check(self.code_bytes)

    around(LayerVersion, "__init__", init)


def archives_have_a_handler() -> None:
    """Refuse a function of an archive that nothing could start; moto makes one."""
    from moto.awslambda.models import LambdaFunction

    def init(known: Callable[..., Any], self: Any, *args: Any, **kwargs: Any) -> None:
        spec = kwargs.get("spec") or args[1]
        if spec.get("PackageType", "Zip") == "Zip" and not (
            spec.get("Handler") and spec.get("Runtime")
        ):
            _refuse(
                "Runtime and Handler are mandatory parameters for functions created with "
                "deployment packages."
            )
        known(self, *args, **kwargs)

    around(LambdaFunction, "__init__", init)


def images_are_refused() -> None:
    """Refuse functions of images by name; moto makes one without code."""
    from moto.awslambda.models import LambdaFunction

    def set_code(known: Callable[..., Any], self: Any, changes: dict[str, Any]) -> None:
        if self.package_type == "Image" or "ImageUri" in changes:
            _refuse("PackageType Image: images do not run here, only archives (PackageType Zip).")
        known(self, changes)

    around(LambdaFunction, "_set_function_code", set_code)


def _check(archive: bytes) -> None:
    try:
        check_archive(archive)
    except ArchiveError:
        _refuse("Could not unzip uploaded file. Please check your file, then try to upload again.")


def _refuse(message: str) -> None:
    from moto.awslambda.exceptions import InvalidParameterValueException

    raise InvalidParameterValueException(message)
