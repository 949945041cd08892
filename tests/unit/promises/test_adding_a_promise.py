"""A new promise is a module and a row of the catalogue; all else asks these."""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
import sys
from typing import TYPE_CHECKING, Any

import pytest

from promises.catalog import PROMISES
from tests.synthesis import PROJECT

if TYPE_CHECKING:
    from pathlib import Path

PAGE = PROJECT / "docs" / "security.md"
NEW = max(each.number for each in PROMISES) + 1
MODULE = f"""
from promises.claims import Fact, Promise


def _named(world):
    for queue in world.of_kind("AWS::SQS::Queue"):
        yield Fact(queue.where, "a queue has a name", "QueueName" in queue.properties)


PROMISES = (
    Promise(
        {NEW},
        "Every queue has a name",
        "the guide",
        ("none",),
        _named,
        "there is no queue",
        enforced_by="the constructs of queues",
    ),
)
"""
SOUND = "Resources: {Jobs: {Type: AWS::SQS::Queue, Properties: {QueueName: jobs}}}"
BROKEN = "Resources: {Jobs: {Type: AWS::SQS::Queue}}"
NONE = "Resources: {Jobs: {Type: AWS::SNS::Topic}}"
ROW = f"| {NEW} | Every queue has a name | the constructs of queues | none |"
# Ask everything that judges, in a process that finds the changed package first.
ASK = """
import json, sys
from pathlib import Path
from typer.testing import CliRunner
from mlops.command_line.main import app
from mlops.review.promises import promise_findings
from promises import judged, plugin
from promises.world import worlds_of
sound, broken, none, number, tools = sys.argv[1:]
sys.path.append(tools)
import security_page
proved = []
for each in (sound, broken, none):
    done = CliRunner().invoke(app, ["prove", each, "--promise", number, "--json"])
    proved.append([done.exit_code, json.loads(done.stdout)[0]["promises"][0]["verdict"]])
(before,), (after,) = worlds_of([Path(sound)]), worlds_of([Path(broken)])
judged.worlds_of = lambda *_, **__: [after]
rules = [each.rule for each in plugin.broken_promises([broken], lambda *_: ())]
review = [each.text for each in promise_findings(before, after)[0]]
shown = CliRunner().invoke(app, ["prove", broken, "--promise", number]).stdout
page = security_page.BLOCKS["promises"]()
print(json.dumps(
    {"proved": proved, "rules": rules, "review": review, "shown": shown, "page": page}
))
"""


def documented(page: str) -> list[int]:
    """List the promises that the page's table describes."""
    _, _, rest = page.partition("## The promises")
    return [
        int(number)
        for number in re.findall(r"^\| (\d+) \|", rest.partition("\n## ")[0], re.MULTILINE)
    ]


@pytest.fixture(scope="module")
def answers(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Any]:
    folder: Path = tmp_path_factory.mktemp("promise")
    package = shutil.copytree(PROJECT / "packages" / "promises", folder / "packages" / "promises")
    (package / "named_queues.py").write_text(MODULE)
    catalogue = (package / "catalog.py").read_text()
    changed = catalogue.replace("    network,\n", "    named_queues,\n    network,\n")
    assert changed.count("named_queues") == 2
    (package / "catalog.py").write_text(changed)
    templates = []
    for name, text in (("sound", SOUND), ("broken", BROKEN), ("none", NONE)):
        templates.append(folder / f"{name}.yaml")
        templates[-1].write_text(text)
    done = subprocess.run(
        [sys.executable, "-c", ASK, *templates, str(NEW), PROJECT / "tools"],
        env={**os.environ, "PYTHONPATH": str(folder / "packages")},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    answer: dict[str, Any] = json.loads(done.stdout)
    return answer


def test_it_is_judged(answers: dict[str, Any]) -> None:
    assert answers["proved"] == [[0, "proved"], [1, "broken"], [0, "not applicable"]]
    assert f"Promise-{NEW}" in answers["rules"]


def test_it_is_listed_and_reported(answers: dict[str, Any]) -> None:
    assert f"promise {NEW} is broken: Every queue has a name" in answers["shown"]
    assert any(f"promise {NEW}" in text for text in answers["review"])


def test_it_is_a_row_of_the_page(answers: dict[str, Any]) -> None:
    assert ROW in answers["page"].splitlines()


def test_every_promise_is_documented() -> None:
    assert documented(PAGE.read_text()) == [each.number for each in PROMISES]
    assert [each.number for each in PROMISES if not each.enforced_by] == []


def test_without_its_row_it_is_unknown() -> None:
    assert NEW not in {each.number for each in PROMISES}
