"""A snapshot of moto's memory, so that a long journal need not be replayed from its start.

It is a cache: a checkpoint that is missing, damaged, of another journal or of another version is
ignored, and the whole journal is replayed.
"""

from __future__ import annotations

import hashlib
import io
import pickle
import platform
import threading
import weakref
from collections import defaultdict
from dataclasses import dataclass, field
from functools import cache
from importlib import import_module
from pathlib import Path
from typing import TYPE_CHECKING, Any

import cloudpickle  # type: ignore[import-untyped]
from moto.core.base_backend import BackendDict, BaseBackend
from moto.s3.models import FakeKey

from mlops_common.files import write_atomically
from pipeline_local.local_aws.blobs import INLINE_BYTES, Blobs

if TYPE_CHECKING:
    from collections.abc import Callable

# Services whose whole memory is in their backends, as the tests compare with a full replay. With
# any other in use, no checkpoint is written and every start replays the whole journal.
CHECKPOINT_SERVICES = frozenset(
    {
        "cloudtrail",  # asked by the CDK after a failure
        "cloudwatch",
        "codeartifact",
        "codebuild",
        "codecommit",
        "codepipeline",
        "ec2",
        "ecr",
        "events",
        "glue",
        "iam",
        "kms",
        "lambda",
        "logs",
        "route53resolver",
        "s3",
        "sagemaker",
        "scheduler",
        "servicecatalog",
        "sns",
        "sqs",
        "ssm",
        "sts",
    }
)
_LOCK = type(threading.RLock())
_NOT_MEMORY = frozenset(
    {"_additional_regions", "_id", "_use_boto3_regions", "backend", "service_name"}
)


@dataclass
class Checkpoint:
    """The state beside moto's memory that a checkpoint holds."""

    journal_id: str
    offset: int  # bytes of the journal that it covers
    pending_events: dict[str, dict[str, Any]] = field(default_factory=dict)  # by id
    deliveries: list[dict[str, Any]] = field(default_factory=list)


@dataclass(frozen=True)
class _Content:
    """The content of an S3 object that is a file already: a start opens it, and copies nothing."""

    digest: str


class _Pickler(cloudpickle.Pickler):  # type: ignore[misc]  # cloudpickle has no types
    """Keeps large bytes (S3 objects) out of the checkpoint: they are blobs already.

    moto's memory holds lambdas, which cloudpickle can write and pickle cannot.
    """

    def __init__(self, file: io.BytesIO, blobs: Blobs) -> None:
        super().__init__(file, protocol=pickle.HIGHEST_PROTOCOL)
        self._blobs = blobs

    def persistent_id(self, obj: object) -> object:
        if isinstance(obj, _Content):
            return (obj.digest,)
        if type(obj) is bytes and len(obj) > INLINE_BYTES:
            return self._blobs.put(obj)
        return None

    def reducer_override(self, obj: Any) -> Any:
        """Write moto's own dictionaries as they are stored.

        pickle would write and set their items one by one; but some show less than they hold (the
        versions of S3's keys), and some have constructors with other arguments.
        """
        if isinstance(obj, dict) and type(obj).__module__.startswith("moto."):
            factory = obj.default_factory if isinstance(obj, defaultdict) else None
            state = (factory, obj.__dict__, list(dict.items(obj)))
            return (_make, (type(obj),), state, None, None, _restore)
        if isinstance(obj, FakeKey):
            return (_make, (type(obj),), self._object(obj), None, None, _restore_object)
        if isinstance(obj, BaseBackend):  # resources know theirs
            return (_backend, (type(obj), obj.account_id, obj.region_name))
        return _of_python(obj) or super().reducer_override(obj)

    def _object(self, key: FakeKey) -> dict[str, Any]:
        state = key.__getstate__()
        if len(state["value"]) > INLINE_BYTES:
            state["value"] = _Content(self._blobs.put(state["value"]))
        return state


def _of_python(obj: Any) -> tuple[Any, ...] | None:
    if isinstance(obj, _LOCK):
        return (threading.RLock, ())
    if isinstance(obj, weakref.WeakValueDictionary):
        return (weakref.WeakValueDictionary, (dict(obj),))
    if hasattr(obj, "private_bytes"):
        return (_private_key, (_written(obj),))
    return None


class _Unpickler(pickle.Unpickler):
    def __init__(self, file: io.BytesIO, blobs: Blobs) -> None:
        super().__init__(file)
        # The same code of many functions and layers is read once, and is once in memory.
        self._get = cache(blobs.get)
        self._path = blobs.path

    def persistent_load(self, pid: str | tuple[str]) -> bytes | Path:
        return self._path(pid[0]) if isinstance(pid, tuple) else self._get(pid)


def _backend(cls: type, account: str, region: str) -> Any:
    return _service(cls.__module__, lambda each: each.backend is cls)[account][region]


def _written(key: Any) -> bytes:
    from cryptography.hazmat.primitives import serialization

    form, encoding = serialization.PrivateFormat.PKCS8, serialization.Encoding.DER
    written: bytes = key.private_bytes(encoding, form, serialization.NoEncryption())
    return written


def _private_key(written: bytes) -> Any:
    from cryptography.hazmat.primitives import serialization

    # Checking that a key is one takes a tenth of a second each; this one was written here.
    return serialization.load_der_private_key(written, None, unsafe_skip_rsa_key_validation=True)


def _make(cls: Any) -> Any:
    return cls.__new__(cls)


def _restore(restored: Any, state: tuple[Any, dict[str, Any], list[tuple[Any, Any]]]) -> None:
    factory, attributes, items = state
    if isinstance(restored, defaultdict):
        restored.default_factory = factory
    restored.__dict__.update(attributes)
    for key, value in items:
        dict.__setitem__(restored, key, value)


def _restore_object(key: Any, state: dict[str, Any]) -> None:
    content = state.pop("value")
    key.__dict__.update(state)
    opened = content.open("rb") if isinstance(content, Path) else io.BytesIO(content or b"")
    key.__dict__.update(_value_buffer=opened, lock=threading.Lock())  # what pickle leaves out


def save(path: Path, checkpoint: Checkpoint, blobs: Blobs) -> None:
    """Write a checkpoint while nothing else touches moto; after a failure the old checkpoint stays.

    Raises
    ------
    LookupError
        If a service outside of `CHECKPOINT_SERVICES` is in use.
    """
    memory = []
    services: list[Any] = list(getattr(BackendDict, "_instances"))  # noqa: B009 (its type is of one service)
    for service in services:
        if service.service_name not in CHECKPOINT_SERVICES:
            raise LookupError(f"{service.service_name} is in use, whose memory may be elsewhere")
        backends = [
            (account, region, backend.__dict__)
            for account, region, backend in service.iter_backends()
        ]
        own = {k: v for k, v in vars(service).items() if k not in _NOT_MEMORY}
        memory.append((service.backend.__module__, service.service_name, own, backends))
    content = io.BytesIO()
    _Pickler(content, blobs).dump((_version(), checkpoint, memory))
    data = content.getvalue()
    write_atomically(path, hashlib.sha256(data).digest() + data)


def load(
    path: Path, journal_id: str, blobs: Blobs, log: Callable[[str], None]
) -> Checkpoint | None:
    """Restore a checkpoint into moto's memory, which must be empty."""
    if not path.exists():
        return None
    try:
        data = path.read_bytes()
        if hashlib.sha256(data[32:]).digest() != data[:32]:
            log("checkpoint not used: it is damaged")
            return None
        # Our own file in the user's own folder, whole by its checksum.
        version, checkpoint, memory = _Unpickler(io.BytesIO(data[32:]), blobs).load()
    except Exception as error:  # noqa: BLE001 (whatever is wrong with a cache, it is only a cache)
        log(f"checkpoint not used: {error}")
        return None
    if version != _version() or checkpoint.journal_id != journal_id:
        log("checkpoint not used: it is of another version or of another journal")
        return None
    for module, name, own, backends in memory:
        service = _service(module, _is_named(name))
        vars(service).update(own)
        for account, region, state in backends:
            service[account][region].__dict__.update(state)
    loaded: Checkpoint = checkpoint
    return loaded


def _service(module: str, is_it: Callable[[Any], bool]) -> Any:
    for value in vars(import_module(module)).values():
        if isinstance(value, BackendDict) and is_it(value):
            return value
    raise LookupError(f"{module} has no such backends")


def _is_named(name: str) -> Callable[[Any], bool]:
    return lambda service: service.service_name == name


def _version() -> str:
    from moto import __version__

    return f"moto {__version__}, Python {platform.python_version()}"
