from __future__ import annotations

import hashlib
import io
import threading
import zipfile
from http.server import BaseHTTPRequestHandler, HTTPServer
from typing import TYPE_CHECKING

import pytest

from mlops.data.fetch import MOST_BYTES, fetch
from mlops_common.errors import MlopsError

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

DATA = b"M,0.5,0.4,0.1,0.5,0.2,0.1,0.2,9\n"


def zipped(name: str = "abalone.data", content: bytes = DATA) -> bytes:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as archive:
        archive.writestr(name, content)
    return buffer.getvalue()


def sha(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()


class Server:
    """A loopback web server that says what it is told to say."""

    def __init__(self) -> None:
        self.body, self.status = zipped(), 200
        server = self

        class Handler(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                self.send_response(server.status)
                self.end_headers()
                self.wfile.write(server.body)

            def log_message(self, *_: object) -> None:
                pass

        self.http = HTTPServer(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self.http.server_port}/abalone.zip"


@pytest.fixture
def server() -> Iterator[Server]:
    running = Server()
    thread = threading.Thread(target=running.http.serve_forever)
    thread.start()
    yield running
    running.http.shutdown()
    thread.join()
    running.http.server_close()


def get(server: Server, target: Path, **expected: str) -> None:
    hashes = {"zip_sha256": sha(server.body), "data_sha256": sha(DATA), **expected}
    fetch(target, url=server.url, **hashes)


def test_the_data_is_fetched_and_described(server: Server, tmp_path: Path) -> None:
    target = tmp_path / "dataset" / "abalone.csv"
    found = fetch(target, url=server.url, zip_sha256=sha(server.body), data_sha256=sha(DATA))
    assert target.read_bytes() == DATA
    assert (found.path, found.synthetic, found.sha256) == (target, False, sha(DATA))
    assert server.url in found.source


@pytest.mark.parametrize(
    ("change", "says"),
    [
        ({"zip_sha256": "0" * 64}, "the zip from .* has SHA-256 .*, not 0000"),
        ({"data_sha256": "0" * 64}, r"abalone\.data in the zip .* has SHA-256 .*, not 0000"),
    ],
)
def test_other_bytes_are_refused_and_nothing_is_kept(
    server: Server, tmp_path: Path, change: dict[str, str], says: str
) -> None:
    target = tmp_path / "abalone.csv"
    target.write_text("what was there before")
    with pytest.raises(MlopsError, match=says):
        get(server, target, **change)
    assert target.read_text() == "what was there before"
    assert list(tmp_path.iterdir()) == [target]


@pytest.mark.parametrize(
    ("body", "says"),
    [
        (zipped("other.data"), r"contains no readable abalone\.data"),
        (b"<html>proxy</html>", r"contains no readable abalone\.data"),
        (b"x" * (MOST_BYTES + 5), "serves more than"),
    ],
)
def test_something_else_is_told(server: Server, tmp_path: Path, body: bytes, says: str) -> None:
    server.body = body
    with pytest.raises(MlopsError, match=says):
        get(server, tmp_path / "abalone.csv")
    assert not list(tmp_path.iterdir())


def test_an_error_of_the_server_is_told(server: Server, tmp_path: Path) -> None:
    server.status = 404
    with pytest.raises(MlopsError, match="answers 404 Not Found; give a file with --data"):
        get(server, tmp_path / "abalone.csv")


def test_no_network_is_told_in_one_line(tmp_path: Path) -> None:
    nobody = "http://127.0.0.1:9/abalone.zip"  # the discard port
    with pytest.raises(MlopsError, match=r"cannot fetch .*; give a file with --data") as caught:
        fetch(tmp_path / "abalone.csv", url=nobody)
    assert "\n" not in str(caught.value)


def test_only_web_addresses(tmp_path: Path) -> None:
    with pytest.raises(MlopsError, match="not a web address"):
        fetch(tmp_path / "abalone.csv", url=f"file://{tmp_path}/abalone.zip")
