"""The server's process: ``python -m pipeline_local.local_aws.server --state FOLDER``.

It binds 127.0.0.1 only, serves until it is stopped or unused for a while, and takes a checkpoint
on its way out.
"""

from __future__ import annotations

import argparse
import os
import secrets
import signal
import sys
import threading
import time
from pathlib import Path
from typing import Any

from mlops_common.errors import MlopsError
from pipeline_local.aws.address import (
    Address,
    hold_life,
    read_address,
    remove_address,
    write_address,
)
from pipeline_local.aws.variables import function_variables
from pipeline_local.local_aws import service_regions
from pipeline_local.local_aws.keeper import code_version
from pipeline_local.local_aws.wsgi_journal import JournalingApplication

_TICK_SECONDS = 0.5


def log(text: str) -> None:
    """Write to the server's log (its standard error)."""
    stamp = time.strftime("%Y-%m-%dT%H:%M:%S")
    sys.stderr.write(f"{stamp} {text.rstrip()}\n")
    sys.stderr.flush()


def serve(folder: Path, idle_seconds: float, pipeline_names: str) -> int:
    """Serve one state folder until a stop, or `idle_seconds` without a request or a living client.

    The exit code is 3 if another server holds the folder.
    """
    life = hold_life(folder)
    if life is None:
        log("another server holds this state")
        return 3
    remove_address(folder)  # of a server that was killed
    _prepare_for_moto()
    from moto.moto_server import werkzeug_app

    from pipeline_local.cloudformation.api import CloudFormation
    from pipeline_local.cloudformation.engine import Engine
    from pipeline_local.local_aws import (
        catalog_versions,
        cloud_patches,
        delivery_patches,
        determinism,
        job_records,
        moto_patches,
        pipeline_api,
        pull_requests,
        stack_patches,
    )
    from pipeline_local.local_aws.executions import Executions, all_executions
    from pipeline_local.local_aws.package_store import PackageStore
    from pipeline_local.local_aws.state import State

    determinism.install()
    moto_patches.install()
    stack_patches.install()
    cloud_patches.install()
    executions = Executions(folder, log, pipeline_names)
    pipeline_api.install(executions)
    job_records.watch(executions.root)
    pull_requests.install()
    catalog_versions.install()
    delivery_patches.install()
    dispatcher = werkzeug_app.DomainDispatcherApplication(werkzeug_app.create_backend_app)
    moto = PackageStore(dispatcher)
    stop = threading.Event()
    port: list[int] = []

    def environment(account: str, region: str) -> dict[str, str]:
        return function_variables(f"http://127.0.0.1:{port[0]}", account, region)

    engine = Engine(folder / "cloudformation", lambda: port[0], log)
    state = State(folder, moto, environment, executions, log, stacks=engine.store)
    token = secrets.token_hex(16)
    cloudformation = CloudFormation(engine, moto_patches.account_of_key)
    application = JournalingApplication(state, moto, token, stop.set, log, cloudformation)
    server = _listen(folder, application)
    port.append(server.server_port)
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: stop.set())
    threading.Thread(target=server.serve_forever, name="http", daemon=True).start()
    state.deliveries.start()
    address = Address(os.getpid(), server.server_port, token, code_version())
    write_address(folder, address)
    executions.start(list(all_executions()))
    engine.resume()
    _wait(stop, application, state, folder, idle_seconds)
    engine.stop()
    server.shutdown()
    engine.close()
    if read_address(folder) == address:
        state.close()
        remove_address(folder)
    os.close(life)
    return 0


def _prepare_for_moto() -> None:
    os.environ["MOTO_DISABLE_GLOBAL_CORS"] = "true"
    os.environ["MOTO_EC2_LOAD_DEFAULT_AMIS"] = "false"  # hundreds in every account and Region
    service_regions.install()


def _wait(
    stop: threading.Event,
    application: JournalingApplication,
    state: Any,
    folder: Path,
    idle_seconds: float,
) -> None:
    own = os.getpid()
    while not stop.wait(_TICK_SECONDS):
        address = read_address(folder)
        if address is None or address.pid != own:
            log("the state folder was removed; stopping")
            return
        application.clients.difference_update(
            [pid for pid in list(application.clients) if not _alive(pid)]
        )
        waiting = application.busy or application.clients or not state.deliveries.idle()
        waiting = (
            waiting or not state.executions.idle() or application.cloudformation.engine.is_busy
        )
        if not waiting and time.monotonic() - application.last_request > idle_seconds:
            log(f"unused for {idle_seconds:g} s; stopping")
            return


def _alive(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except OSError as error:
        return isinstance(error, PermissionError)
    return True


def _listen(folder: Path, application: JournalingApplication) -> Any:
    """Bind the previous port if it is free, so that addresses given out stay valid."""
    from moto.moto_server.werkzeug_app import MotoRequestHandler
    from werkzeug.serving import make_server

    class Handler(MotoRequestHandler):
        def log_request(self, *_: object) -> None:
            """Log no single requests."""

    remembered = folder / "port"
    before = remembered.read_text().strip() if remembered.exists() else "0"
    for port in dict.fromkeys([int(before) if before.isdigit() else 0, 0]):
        if port and not _free(port):
            continue
        server = make_server("127.0.0.1", port, application, threaded=True, request_handler=Handler)
        remembered.write_text(str(server.server_port))
        return server
    raise MlopsError("no port on 127.0.0.1 is free")


def _free(port: int) -> bool:
    import socket

    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(("127.0.0.1", port))
        except OSError:
            return False
    return True


def main() -> int:
    """Read the arguments and serve."""
    parser = argparse.ArgumentParser(prog="python -m pipeline_local.local_aws.server")
    parser.add_argument("--state", type=Path, required=True)
    parser.add_argument("--idle-seconds", type=float, required=True)
    parser.add_argument("--pipeline-names", default="")
    options = parser.parse_args()
    try:
        return serve(options.state.resolve(), options.idle_seconds, options.pipeline_names)
    except MlopsError as error:
        log(f"error: {error}")
        return error.exit_code


if __name__ == "__main__":
    sys.exit(main())
