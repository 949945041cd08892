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
from pipeline_local.jobs.containers import host_names, inside
from pipeline_local.jobs.jail import CONTAINER_ROOT
from pipeline_local.jobs.work import StepFailed

if TYPE_CHECKING:
    from pipeline_local.jobs.containers import Host
    from pipeline_local.jobs.images import JobImage
    from pipeline_local.jobs.work import Work
    from pipeline_schema.values import JsonObject

PROGRAM, SUBMIT_DIRECTORY = "sagemaker_program", "sagemaker_submit_directory"
CODE = f"{CONTAINER_ROOT}/code"


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
    """Return the command line of the script."""
    return ("python3", str(hyperparameters[PROGRAM]), *_arguments(hyperparameters))


def place_code(work: Work, host: Host, hyperparameters: dict[str, Any], isolated: bool) -> None:
    """Copy or unpack the script's folder to `/opt/ml/code`."""
    source = str(hyperparameters[SUBMIT_DIRECTORY])
    content, code = host.content, inside(host.content, CODE)
    if source.startswith("s3://") and isolated:
        raise StepFailed(
            f"ClientError: {SUBMIT_DIRECTORY} is {source}, which a container without a network "
            "cannot fetch; bring the archive through an input channel"
        )
    try:
        if source.startswith("s3://"):
            archive = host.folder / PurePosixPath(source).name
            work.run.store.download_file(source, archive)
            unpack(archive, code)
        elif inside(content, source).is_dir():
            shutil.copytree(inside(content, source), code)
        else:
            unpack(inside(content, source), code)
    except MlopsError as error:
        raise StepFailed(f"ClientError: {SUBMIT_DIRECTORY}: {error}") from None
    program = str(hyperparameters[PROGRAM])
    if not (code / program).is_file():
        raise StepFailed(f"ClientError: {PROGRAM}: there is no {program} in {source}")
    if (code / "requirements.txt").is_file():
        with host.log.open("a") as log:
            log.write(
                "requirements.txt is not installed here: jobs use this environment's packages\n"
            )


def variables(
    work: Work,
    image: JobImage,
    hyperparameters: dict[str, Any],
    request: JsonObject,
    host: Host,
) -> dict[str, str]:
    """Return the `SM_*` variables of the job."""
    own = {name: value for name, value in hyperparameters.items() if not _is_reserved(name)}
    channels = {
        item["ChannelName"]: f"{CONTAINER_ROOT}/input/data/{item['ChannelName']}"
        for item in request.get("InputDataConfig") or []
    }
    program = str(hyperparameters[PROGRAM])
    known: dict[str, Any] = {
        "SM_MODEL_DIR": f"{CONTAINER_ROOT}/model",
        "SM_INPUT_DIR": f"{CONTAINER_ROOT}/input",
        "SM_INPUT_CONFIG_DIR": f"{CONTAINER_ROOT}/input/config",
        "SM_OUTPUT_DIR": f"{CONTAINER_ROOT}/output",
        "SM_OUTPUT_DATA_DIR": f"{CONTAINER_ROOT}/output/data",
        "SM_OUTPUT_INTERMEDIATE_DIR": f"{CONTAINER_ROOT}/output/intermediate",
        "SM_CHANNELS": sorted(channels),
        "SM_HPS": own,
        "SM_USER_ARGS": list(_arguments(hyperparameters)),
        "SM_CURRENT_HOST": host.name,
        "SM_HOSTS": host_names(host.count),
        "SM_NETWORK_INTERFACE_NAME": "lo",
        "SM_NUM_CPUS": os.cpu_count() or 1,
        "SM_NUM_GPUS": 0,
        "SM_LOG_LEVEL": 20,
        "SM_MODULE_DIR": CODE,
        "SM_MODULE_NAME": program.removesuffix(".py"),
        "SM_USER_ENTRY_POINT": program,
        "SM_FRAMEWORK_MODULE": image.framework,
        "SM_JOB_NAME": work.job_name,
        "TRAINING_JOB_NAME": work.job_name,
        "TRAINING_JOB_ARN": work.run.arn("training-job", work.job_name),
    }
    known |= {f"SM_CHANNEL_{name.upper()}": path for name, path in channels.items()}
    known |= {f"SM_HP_{name.upper().replace('-', '_')}": value for name, value in own.items()}
    return {
        name: value if isinstance(value, str) else json.dumps(value, sort_keys=True)
        for name, value in known.items()
    }


def _arguments(hyperparameters: dict[str, Any]) -> tuple[str, ...]:
    pairs = (
        (f"--{name}" if len(name) > 1 else f"-{name}", str(value))
        for name, value in sorted(hyperparameters.items())
        if not _is_reserved(name)
    )
    return tuple(part for pair in pairs for part in pair)


def _is_reserved(name: str) -> bool:
    return name.startswith("sagemaker_") or name == "_tuning_objective_metric"
