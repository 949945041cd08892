"""The WSGI application before moto, which writes every change into the journal.

One request is answered at a time: moto is not thread-safe, and the order of the journal must be
the order of the changes.
"""

from __future__ import annotations

import io
import json
import re
import threading
import time
import traceback
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qs

from pipeline_local.aws.control import CONTROL
from pipeline_local.aws.functions import FunctionTarget
from pipeline_local.aws.patterns import PatternError
from pipeline_local.aws.variables import FUNCTION_APP_ID
from pipeline_local.local_aws import determinism, events, long_polls
from pipeline_local.local_aws.determinism import Moment
from pipeline_local.local_aws.invocation import Answer, invocation, json_answer
from pipeline_local.local_aws.journal import Change
from pipeline_local.local_aws.refusals import refuse, service_of, without_echo, without_route
from pipeline_local.local_aws.request_forms import refused_form, unknown_operation

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from pipeline_local.cloudformation.api import CloudFormation
    from pipeline_local.local_aws.state import State

_READING = re.compile(
    r"(BatchGet|Check|Describe|Estimate|Filter|Get|List|Lookup|Preview|Query|Scan|Search"
    r"|Simulate|Test|Validate)"
)
_HTTP_ERROR = 400


@dataclass(eq=False)
class JournalingApplication:
    """The application; callers of the control addresses need the token."""

    state: State
    moto: Any
    token: str
    stop: Callable[[], None]
    log: Callable[[str], None]
    cloudformation: CloudFormation
    last_request: float = field(default_factory=time.monotonic)
    clients: set[int] = field(default_factory=set)
    _under_way: int = 0
    _count: Any = field(default_factory=threading.Lock)

    @property
    def busy(self) -> bool:
        """Return whether a request is being answered."""
        return self._under_way > 0

    def __call__(
        self, environ: dict[str, Any], start_response: Callable[..., object]
    ) -> Iterable[bytes]:
        """Answer a request."""
        with self._count:
            self._under_way += 1
        try:
            path = environ.get("PATH_INFO", "")
            if path.startswith(CONTROL):
                status, headers, body = self._control(path.removeprefix(CONTROL), environ)
            elif path.startswith("/moto-api"):
                # It could change moto's memory without the journal.
                status, headers, body = json_answer("404 Not Found", {"message": "not served here"})
            else:
                status, headers, body = self._answer(environ)
        finally:
            self.last_request = time.monotonic()
            with self._count:
                self._under_way -= 1
        start_response(status, headers)
        return [body]

    def _answer(self, environ: dict[str, Any]) -> Answer:
        content = _read_body(environ)
        known, variables = self.state.functions.known, self.state.deliveries.environment
        # Without the lock: the function's own requests come through here.
        invoked = invocation(environ, content, known, variables, self.log)
        if invoked is not None:
            return invoked
        # Its own store is not the journal's; its operations' requests come through here.
        answered = self.cloudformation.answer(environ, content)
        if answered is not None:
            return answered
        malformed = refused_form(environ, content)
        if malformed is not None:
            return malformed
        request = recordable(environ)
        changing, began = changes_something(environ, content), time.monotonic()
        while True:
            with self.state.lock:
                moment = Moment.fresh()
                answer = run(self.moto, environ, content, moment, self.log)
                emitted, asked = events.collect(), self.state.executions.collect()
                patience = long_polls.collect()  # of an answer that is empty, and changes nothing
                if changing and not patience and int(answer[0].split()[0]) < _HTTP_ERROR:
                    try:
                        self.state.note_change(Change(request, content, moment, emitted))
                    except OSError as error:
                        return self._unwritten(environ, error)
                    self.state.executions.execute(asked)
            if time.monotonic() - began >= patience:
                break
            time.sleep(long_polls.PAUSE_SECONDS)
        if emitted:
            self.state.deliveries.send(emitted, wait=waits(environ, emitted))
        return answer

    def _unwritten(self, environ: dict[str, Any], error: OSError) -> Answer:
        """Refuse a change that is not on the disk, and stop: moto's memory has it already."""
        self.state.abandon()
        self.stop()
        message = (
            f"the local AWS cannot write its state ({error.strerror or error}) and stops; nothing "
            "that was answered before is lost. Make room, then: mlops local start"
        )
        self.log(message)
        return refuse(environ, "InternalFailure", message)

    def _control(self, name: str, environ: dict[str, Any]) -> Answer:
        if environ.get("HTTP_X_LOCAL_AWS_TOKEN") != self.token:
            return json_answer("403 Forbidden", {"message": "the token of this server is needed"})
        content = json.loads(_read_body(environ) or b"{}")
        query = parse_qs(environ.get("QUERY_STRING", ""))
        answers: dict[str, Callable[[], dict[str, Any] | None]] = {
            "health": lambda: self.clients.update(map(int, query.get("pid", []))),
            "status": self.state.status,
            "event-targets": lambda: self._register(content),
            "events": lambda: self.state.emit(content["events"]),
            "functions": lambda: self._functions(content),
            "stop": self.stop,
        }
        if name not in answers:
            return json_answer("404 Not Found", {"message": f"no {name} here"})
        try:
            return json_answer("200 OK", answers[name]() or {})
        except (PatternError, KeyError, TypeError, ValueError, OSError) as error:
            return json_answer("400 Bad Request", {"message": str(error)})

    def _functions(self, content: dict[str, Any]) -> dict[str, Any]:
        if content:
            function = FunctionTarget.from_json(content["function"])
            self.state.functions.register(content["arn"], function)
        known = self.state.functions.known()
        return {arn: prepared().to_json() for arn, prepared in known.items()}

    def _register(self, content: dict[str, Any]) -> None:
        function = FunctionTarget.from_json(content["function"])
        self.state.targets.register(content["name"], content["event_pattern"], function)


def run(
    moto: Any, environ: dict[str, Any], content: bytes, moment: Moment, log: Callable[[str], None]
) -> Answer:
    """Let moto answer one request at a moment."""
    from werkzeug.test import run_wsgi_app

    environ["wsgi.input"] = io.BytesIO(content)
    environ.pop("wsgi.input_terminated", None)
    if environ.pop("HTTP_TRANSFER_ENCODING", None) or content:
        environ["CONTENT_LENGTH"] = str(len(content))
    with determinism.at(moment):
        try:
            body, status, headers = run_wsgi_app(moto, environ, buffered=True)
            return without_echo(without_route(environ, (status, list(headers), b"".join(body))))
        except NotImplementedError as error:
            kind, message = "NotImplemented", f"the local AWS cannot do this: {error}"
        except Exception as error:  # noqa: BLE001 (a defect of moto must not end the server)
            if traceback.extract_tb(error.__traceback__)[-1].name == "get_backend":
                kind = "NotImplemented"
                message = f"the local AWS has no service {service_of(environ)}"
            else:
                log(traceback.format_exc())
                kind = "InternalFailure"
                message = "moto failed; the traceback is in the local AWS's server.log"
        return unknown_operation(environ, content) or refuse(environ, kind, message)


def recordable(environ: dict[str, Any]) -> dict[str, Any]:
    """Return the part of a WSGI environment that describes the request, not the process."""
    kept: dict[str, Any] = {
        key: value
        for key, value in environ.items()
        if isinstance(value, str) and not key.startswith(("wsgi.", "werkzeug."))
    }
    # moto keeps the spelling of some header names in a dictionary of its own.
    for key, value in environ.items():
        if isinstance(value, dict) and all(isinstance(item, str) for item in value.values()):
            kept[key] = dict(value)
    return kept


def replayable(environ: dict[str, Any]) -> dict[str, Any]:
    """Build a WSGI environment from what `recordable` returned."""
    return {
        **environ,
        "wsgi.version": (1, 0),
        "wsgi.url_scheme": "http",
        "wsgi.errors": io.StringIO(),
        "wsgi.multithread": False,
        "wsgi.multiprocess": False,
        "wsgi.run_once": False,
    }


def changes_something(environ: dict[str, Any], content: bytes) -> bool:
    """Return whether a request may change state; if in doubt it may."""
    if environ["REQUEST_METHOD"] in {"GET", "HEAD", "OPTIONS"}:
        return False
    target = environ.get("HTTP_X_AMZ_TARGET")
    if target:
        return _READING.match(target.rsplit(".", 1)[-1]) is None
    if environ.get("CONTENT_TYPE", "").startswith("application/x-www-form-urlencoded"):
        action = parse_qs(content.decode(errors="replace")).get("Action", [""])[0]
        return _READING.match(action) is None
    return True


def waits(environ: dict[str, Any], emitted: list[dict[str, Any]]) -> bool:
    """Return whether an answer waits for the deliveries of the events that the request caused.

    A command after `mlops models approve` needs the effects. A function would wait for its own
    end, and nothing follows from a new package that is pending.
    """
    if FUNCTION_APP_ID in environ.get("HTTP_USER_AGENT", ""):
        return False
    new = environ.get("HTTP_X_AMZ_TARGET", "").endswith(".CreateModelPackage")
    states = {event["detail"].get("ModelApprovalStatus") for event in emitted}
    return not (new and states == {"PendingManualApproval"})


def _read_body(environ: dict[str, Any]) -> bytes:
    from werkzeug.wsgi import get_input_stream

    content: bytes = get_input_stream(environ).read()
    return content
