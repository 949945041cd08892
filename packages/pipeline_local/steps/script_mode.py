"""Script mode: what the training toolkit of AWS's framework images does before it starts a script.

Source: github.com/aws/sagemaker-training-toolkit, README "Environment variables" and
"Hyperparameters": hyperparameters are text, decoded as JSON where possible, and passed to the
script as `--name value`, sorted by name.
"""

from __future__ import annotations

import json
import os
import shutil
from pathlib import PurePosixPath
from typing import TYPE_CHECKING, Any

from mlops_common.archives import unpack
from mlops_common.errors import MlopsError
from pipeline_local.jobs.containers import (
    GROUP,
    host_names,
    input_data_config,
    inside,
    resource_config,
    source_problem,
)
from pipeline_local.jobs.instances import instances_of
from pipeline_local.jobs.job_root import CONTAINER_ROOT
from pipeline_local.jobs.work import StepFailed

if TYPE_CHECKING:
    from pipeline_local.jobs.containers import Host
    from pipeline_local.jobs.images import JobImage
    from pipeline_local.jobs.work import Work
    from pipeline_schema.values import JsonObject

PROGRAM, SUBMIT_DIRECTORY = "sagemaker_program", "sagemaker_submit_directory"
CODE = f"{CONTAINER_ROOT}/code"
# Of its parameters, those that the toolkit does not pass on to frameworks.
_TOOLKIT_S_OWN = frozenset(
    f"sagemaker_{name}"
    for name in ("container_log_level", "job_name", "program", "region", "submit_directory")
)
# Of its facts, those that have no variable, or one under another name.
_UNNAMED = frozenset(
    {
        *("additional_framework_parameters", "channel_input_dirs", "hyperparameters", "job_name"),
        *("is_master", "master_hostname", "distribution_hosts"),
    }
)


def decode(hyperparameters: dict[str, str]) -> dict[str, Any]:
    """Decode the values that are JSON; the others stay text."""
    decoded: dict[str, Any] = {}
    for name, text in hyperparameters.items():
        try:
            decoded[name] = json.loads(text)
        except ValueError:
            decoded[name] = text
    return decoded


def command(hyperparameters: dict[str, Any]) -> tuple[str, ...]:
    """Return the command line of the program; other than Python's it is one of a shell."""
    program, arguments = str(hyperparameters[PROGRAM]), _arguments(hyperparameters)
    if program.endswith(".py"):
        return ("python3", program, *arguments)
    return ("/bin/sh", "-c", '"./$0" "$@"', program, *arguments)


def place_code(work: Work, host: Host, hyperparameters: dict[str, Any], isolated: bool) -> None:
    """Copy or unpack the script's folder to `/opt/ml/code`."""
    source = str(hyperparameters[SUBMIT_DIRECTORY])
    content, code = host.content, inside(host.content, CODE)
    if problem := source_problem(SUBMIT_DIRECTORY, source, isolated=isolated):
        raise StepFailed(f"ClientError: {problem}")  # of a source that the run alone knew
    remote = source.startswith("s3://")
    place = host.folder / PurePosixPath(source).name if remote else inside(content, source)
    try:
        if remote:
            work.run.store.download_file(source, place)
        if place.is_dir():
            shutil.copytree(place, code)
        else:
            unpack(place, code)
    except MlopsError as error:
        raise StepFailed(f"ClientError: {SUBMIT_DIRECTORY}: {error}") from None
    program = str(hyperparameters[PROGRAM])
    if not (code / program).is_file():
        raise StepFailed(f"ClientError: {PROGRAM}: there is no {program} in {source}")
    (code / program).chmod(0o777)


def variables(
    work: Work, image: JobImage, hyperparameters: dict[str, Any], request: JsonObject, host: Host
) -> dict[str, str]:
    """Return the `SM_*` variables of the job; `SM_TRAINING_ENV` holds the others."""
    known = _training_env(work, image, hyperparameters, request, host)
    named = {f"SM_{name.upper()}": value for name, value in known.items() if name not in _UNNAMED}
    named |= {
        "SM_TRAINING_ENV": known,
        "SM_JOB_NAME": work.job_name,
        "SM_HPS": known["hyperparameters"],
        "SM_USER_ARGS": list(_arguments(hyperparameters)),
        "SM_CHANNELS": sorted(known["channel_input_dirs"]),
        "SM_FRAMEWORK_PARAMS": known["additional_framework_parameters"],
    }
    for name, path in known["channel_input_dirs"].items():
        named[f"SM_CHANNEL_{name.upper()}"] = path
    for name, value in known["hyperparameters"].items():
        named[f"SM_HP_{name.upper()}"] = value
    return {name: _as_variable(value) for name, value in named.items()}


def _training_env(
    work: Work, image: JobImage, hyperparameters: dict[str, Any], request: JsonObject, host: Host
) -> dict[str, Any]:
    """Return what the toolkit knows of a job, under its names."""
    program = str(hyperparameters[PROGRAM])
    instance_type, _ = instances_of(request["ResourceConfig"])
    resources, hosts = resource_config(instance_type, host), host_names(host.count)
    channels = input_data_config(request)
    return {
        "additional_framework_parameters": {
            name: value
            for name, value in hyperparameters.items()
            if _is_reserved(name) and name not in _TOOLKIT_S_OWN
        },
        "channel_input_dirs": {name: f"{CONTAINER_ROOT}/input/data/{name}" for name in channels},
        "current_host": host.name,
        "current_instance_group": GROUP,
        "current_instance_group_hosts": hosts,
        "current_instance_type": instance_type,
        "distribution_hosts": [],
        "distribution_instance_groups": [],
        "framework_module": image.framework,
        "hosts": hosts,
        "hyperparameters": {
            name: value for name, value in hyperparameters.items() if not _is_reserved(name)
        },
        "input_config_dir": f"{CONTAINER_ROOT}/input/config",
        "input_data_config": channels,
        "input_dir": f"{CONTAINER_ROOT}/input",
        "instance_groups": [GROUP],
        "instance_groups_dict": {GROUP: resources["instance_groups"][0]},
        "is_hetero": False,
        "is_master": host.name == hosts[0],
        "job_name": work.job_name,
        "log_level": hyperparameters.get("sagemaker_container_log_level", 20),
        "master_hostname": hosts[0],
        "model_dir": f"{CONTAINER_ROOT}/model",
        "module_dir": str(hyperparameters[SUBMIT_DIRECTORY]),
        "module_name": program.removesuffix(".py"),
        "network_interface_name": resources["network_interface_name"],
        "num_cpus": os.cpu_count() or 1,
        "num_gpus": 0,
        "num_neurons": 0,
        "output_data_dir": f"{CONTAINER_ROOT}/output/data",
        "output_dir": f"{CONTAINER_ROOT}/output",
        "output_intermediate_dir": f"{CONTAINER_ROOT}/output/intermediate",
        "resource_config": resources,
        "user_entry_point": program,
    }


def _arguments(hyperparameters: dict[str, Any]) -> tuple[str, ...]:
    pairs = (
        (f"--{name}" if len(name) > 1 else f"-{name}", _as_argument(value))
        for name, value in sorted(hyperparameters.items())
        if not _is_reserved(name)
    )
    return tuple(part for pair in pairs for part in pair)


def _as_argument(value: Any) -> str:
    """Return a value as the toolkit writes it: nothing is empty, an object `a=1,b=2`."""
    if isinstance(value, dict):
        return ",".join(f"{name}={item}" for name, item in sorted(value.items()))
    return "" if value is None else str(value)


def _as_variable(value: Any) -> str:
    if value is None or isinstance(value, str):
        return value or ""
    return json.dumps(value, sort_keys=True, separators=(",", ":"))


def _is_reserved(name: str) -> bool:
    return name.startswith("sagemaker_") or name == "_tuning_objective_metric"
