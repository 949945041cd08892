"""The environment of a build: variables, parameters, secrets, network; and its results."""

from __future__ import annotations

import json
import socket
import time
import zipfile
from http.server import BaseHTTPRequestHandler, HTTPServer
from threading import Thread
from typing import TYPE_CHECKING

import pytest

from mlops_common.errors import MlopsError
from pipeline_local.builds import network

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from pipeline_local.aws import Aws
    from pipeline_local.builds.execution import BuildEnd

Build = "Callable[..., BuildEnd]"


class _Index(BaseHTTPRequestHandler):
    def do_GET(self) -> None:
        self.send_response(200)
        self.end_headers()
        self.wfile.write(b"simple")

    def log_message(self, *_: object) -> None:
        """Say nothing."""


@pytest.fixture
def index() -> Iterator[str]:
    """Something on loopback that a build may reach."""
    with HTTPServer(("127.0.0.1", 0), _Index) as server:
        Thread(target=server.serve_forever, daemon=True).start()
        yield f"http://127.0.0.1:{server.server_port}/simple"
        server.shutdown()


def test_variables_come_from_everywhere_and_the_start_wins(
    build: Callable[..., BuildEnd], aws: Aws, name: str
) -> None:
    aws.client("ssm").put_parameter(Name=f"/{name}/role", Value="arn:role", Type="String")
    secret = aws.client("secretsmanager").create_secret(
        Name=name, SecretString=json.dumps({"user": "u", "word": "w"})
    )
    end = build(
        f"""
        version: 0.2
        env:
          variables: {{FROM_FILE: file, OVER: file}}
          parameter-store: {{ROLE: /{name}/role}}
          secrets-manager: {{WORD: "{name}:word", USERNAME: "{secret["ARN"]}:user"}}
          exported-variables: [FROM_FILE, OVER, ROLE, WORD, USERNAME, MORE, NOT_SET, CI, HERE]
        phases:
          build: {{commands: ['[ "$PWD" = "$CODEBUILD_SRC_DIR" ] && export HERE=yes']}}
        """,
        variables={"OVER": "start", "MORE": "more"},
    )
    assert end.exported == {
        "FROM_FILE": "file",
        "OVER": "start",
        "ROLE": "arn:role",
        "WORD": "w",
        "USERNAME": "u",
        "MORE": "more",
        "CI": "true",
        "HERE": "yes",
    }


def test_a_build_with_a_missing_parameter_does_not_start(
    build: Callable[..., BuildEnd],
) -> None:
    with pytest.raises(MlopsError, match=r"parameter-store.ROLE: /not/there: ParameterNotFound"):
        build("{version: 0.2, env: {parameter-store: {ROLE: /not/there}}, phases: {build: {}}}")


@pytest.mark.skipif(network.network_note() is not None, reason="no network namespaces here")
def test_a_build_reaches_the_local_aws_and_the_index_and_nothing_else(
    build: Callable[..., BuildEnd], index: str, aws: Aws, bucket: str
) -> None:
    with socket.create_server(("127.0.0.1", 0)) as other:
        closed = other.getsockname()[1]
        end = build(
            f"""
            version: 0.2
            env: {{exported-variables: [SIMPLE, OTHER, OUTSIDE]}}
            phases:
              build:
                commands:
                  - |
                    cat > look.py <<'END'
                    import socket, sys
                    try:
                        socket.create_connection((sys.argv[1], int(sys.argv[2])), 5)
                        print("reached")
                    except OSError as error:
                        print(error.strerror)
                    END
                  - export SIMPLE=$(python -c "import urllib.request as u, os;
                    print(u.urlopen(os.environ['PIP_INDEX_URL']).read().decode())")
                  - export OTHER=$(python look.py 127.0.0.1 {closed})
                  - export OUTSIDE=$(python look.py 192.0.2.1 443)
                  - python -c "import boto3;
                    boto3.client('s3').put_object(Bucket='{bucket}', Key='k', Body=b'1')"
            """,
            index=index,
        )
    assert end.succeeded, end.failure + (end.folder / "log").read_text()
    assert end.exported == {
        "SIMPLE": "simple",
        "OTHER": "Connection refused",
        "OUTSIDE": "Network is unreachable",
    }
    assert aws.client("s3").get_object(Bucket=bucket, Key="k")["Body"].read() == b"1"


def test_an_index_beyond_loopback_is_refused(build: Callable[..., BuildEnd]) -> None:
    with pytest.raises(MlopsError, match="reaches only what is on loopback"):
        build("{version: 0.2, phases: {build: {}}}", index="https://pypi.org/simple")


def test_artifacts_and_reports_are_kept_also_of_a_failed_build(
    build: Callable[..., BuildEnd],
) -> None:
    end = build(
        """
        version: 0.2
        phases:
          build:
            commands:
              - mkdir -p out/deep && echo 1 > out/deep/a.json && echo 2 > out/b.txt
              - echo '<testsuites/>' > out/junit.xml
              - "false"
        reports:
          tests: {files: ["*.xml"], base-directory: out}
          none: {files: ["*.nothing"]}
        artifacts:
          files: ["**/*"]
          base-directory: out
          exclude-paths: ["*.xml"]
          secondary-artifacts:
            Flat: {files: ["out/**/*.json"], discard-paths: yes}
        """
    )
    assert not end.succeeded
    assert zipfile.ZipFile(end.artifacts[""]).namelist() == ["b.txt", "deep/a.json"]
    assert zipfile.ZipFile(end.artifacts["Flat"]).namelist() == ["a.json"]
    assert (end.reports["tests"] / "junit.xml").read_text() == "<testsuites/>\n"
    assert "reports.none: no file matches" in end.notes


def test_a_build_without_its_artifacts_fails(build: Callable[..., BuildEnd]) -> None:
    end = build("{version: 0.2, phases: {build: {}}, artifacts: {files: [out.json]}}")
    assert end.failure == "upload_artifacts: no matching artifact paths found: out.json"


def test_an_earlier_builds_artifact_is_an_input(build: Callable[..., BuildEnd]) -> None:
    first = build(
        """
        version: 0.2
        phases: {build: {commands: ["echo verified > word"]}}
        artifacts: {files: [word]}
        """
    )
    second = build(
        """
        version: 0.2
        env: {exported-variables: [WORD]}
        phases: {build: {commands: ['export WORD=$(cat "$CODEBUILD_SRC_DIR_Verified/word")']}}
        """,
        inputs={"Verified": first.artifacts[""]},
    )
    assert second.exported == {"WORD": "verified"}


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("{version: 0.1, phases: {build: {}}}", "version: 0.1; only 0.2 can be executed"),
        ("{version: 0.2}", "phases: is missing or empty"),
        ("{version: 0.2, phases: {build: {}}, batch: {}}", "batch: cannot be executed here"),
        ("{version: 0.2, phases: {test: {}}}", "phases.test: is not known"),
        (
            "{version: 0.2, phases: {build: {commands: make}}}",
            "phases.build.commands: is not a list",
        ),
        (
            "{version: 0.2, phases: {build: {on-failure: RETRY}}}",
            "phases.build.on-failure: 'RETRY'",
        ),
        (
            "{version: 0.2, phases: {build: {runtime-versions: {python: 3.12}}}}",
            "phases.build.runtime-versions: belongs to phases.install",
        ),
        ("{version: 0.2, env: {shell: cmd.exe}, phases: {build: {}}}", "env.shell: 'cmd.exe'"),
        (
            "{version: 0.2, phases: {build: {}}, reports: {r: {files: [a], file-format: X}}}",
            "reports.r.file-format: 'X' is not supported",
        ),
        ("{version: 0.2, phases: {build: {}}, artifacts: {}}", "artifacts.files: is missing"),
        ("{version: 0.2, phases: {build: {}}, steps: {}}", "steps: is not known"),
        ("{version: [0.2", "is not YAML"),
    ],
)
def test_unsupported_buildspecs_are_refused_by_name(
    build: Callable[..., BuildEnd], text: str, said: str
) -> None:
    with pytest.raises(MlopsError) as caught:
        build(text)
    assert said in str(caught.value)


@pytest.mark.skipif(network.network_note() is not None, reason="no namespaces here")
def test_nothing_that_a_build_started_outlives_it(
    build: Callable[..., BuildEnd], tmp_path: Path
) -> None:
    mark = tmp_path / "mark"
    end = build(
        f"""
        version: 0.2
        phases:
          build:
            commands:
              - setsid sh -c 'sleep 1; touch {mark}' > /dev/null 2>&1 &
        """
    )
    assert end.succeeded
    time.sleep(1.5)
    assert not mark.exists()
