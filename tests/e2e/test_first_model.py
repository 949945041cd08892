"""What a newcomer and a team do first: train, register, approve, add a pipeline of their own."""

from __future__ import annotations

import json
import shutil
import textwrap
from typing import TYPE_CHECKING, Any

import pytest

from pipeline_local.local_aws import connect, keeper
from pipeline_local.runs.run_state import find_run
from tests.e2e.conftest import Tree, copy_tree
from tests.report_figures import wrong
from tests.report_files import Files
from tests.synthesis import PROJECT

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

PIPELINE = '''
    """Count the rows of a file."""

    from pathlib import Path

    from pipeline_definitions import sdk
    from pipeline_definitions.jobs import Compute, JobInput
    from pipeline_definitions.steps import processing_step


    def get_pipeline(environment):
        data = sdk.ParameterString(
            "InputDataUrl", default_value=f"s3://{environment.data_bucket}/abalone/raw/"
        )
        step = processing_step(
            environment,
            "Count",
            script="count.py",
            launcher="",
            code_uri=environment.ship(Path(__file__).parent / "code"),
            compute=Compute(environment.settings.instance_types[0]),
            inputs=[JobInput("data", data)],
            outputs=["count"],
            description="Count rows.",
        )
        return sdk.Pipeline(
            name=environment.names.pipeline("row-count"),
            parameters=[data],
            steps=[step],
            pipeline_experiment_config=None,
            sagemaker_session=sdk.offline_session(
                environment.settings.region, environment.artifacts_bucket
            ),
        )
'''
SCRIPT = """
    import json
    import pathlib

    base = pathlib.Path("/opt/ml/processing")
    files = sorted((base / "input" / "data").glob("*.csv"))
    rows = sum(len(file.read_text().splitlines()) for file in files)
    (base / "output" / "count" / "count.json").write_text(json.dumps({"rows": rows}))
"""


@pytest.fixture(scope="module")
def tree(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Tree]:
    """The project with two more pipelines dropped in, before anything ran."""
    tree = copy_tree(tmp_path_factory.mktemp("first-model") / "project")
    folder = tree.root / "pipeline_definitions" / "row_count"
    _write(folder / "pipeline.py", PIPELINE)
    _write(folder / "code" / "count.py", SCRIPT)
    shutil.copytree(PROJECT / "examples", tree.root / "pipeline_definitions", dirs_exist_ok=True)
    yield tree
    tree.run("mlops", "local", "stop")


@pytest.fixture(scope="module")
def demo(tree: Tree, stand_in: str) -> dict[str, Any]:
    facts: dict[str, Any] = tree.facts("mlops", "demo", data=stand_in)
    return facts


def _write(path: Path, text: str) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(textwrap.dedent(text).lstrip())


def test_the_demo_ends_with_a_model_at_work(tree: Tree, demo: dict[str, Any]) -> None:
    (version,) = tree.facts("mlops", "models", "list", "--local")
    assert version["arn"] == demo["model_package"]
    assert version["status"] == demo["status"] == "Approved"
    assert version["run_id"] == demo["run"]
    assert demo["synthetic"] is True
    assert 0 < demo["mse"] <= 5


def test_the_demo_scores_rows_that_the_model_has_not_seen(tree: Tree, demo: dict[str, Any]) -> None:
    figures, quality = demo["batch"], demo["quality"]
    assert figures["RowsIn"] == figures["RowsScored"] + figures["RowsSetAside"]
    assert figures["RowsSetAside"] == 1  # the unusable one
    assert quality["pairs"] == figures["RowsScored"] == quality["truths"]
    # The same rows, the same model, another way: the error that training measured.
    assert quality["mse"] == pytest.approx(demo["mse"], rel=1e-4)
    run = tree.facts("mlops", "runs", "show", demo["batch_run"])
    assert run["status"] == "Succeeded"


def test_every_figure_of_the_reports_is_in_the_file_that_they_show(
    tree: Tree, demo: dict[str, Any], tmp_path: Path
) -> None:
    for run in (demo["run"], demo["batch_run"], demo["quality_run"]):
        page = tmp_path / f"{run}.html"
        assert tree.run("mlops", "runs", "report", run, "--output", str(page)).returncode == 0
        folder = find_run(tree.root, run)
        state = folder.load()
        aws = connect(state.region, state.account, tree.root / keeper.FOLDER)
        source = page.read_text()
        assert wrong(source, Files.of(folder, aws)) == []
        assert "version 1" in source
        assert "Champion when this was written" in source


def test_the_model_says_where_it_comes_from(tree: Tree, demo: dict[str, Any]) -> None:
    version = tree.facts("mlops", "models", "show", demo["model_package"], "--local")
    metadata = version["metadata"]
    run = tree.facts("mlops", "runs", "show", demo["run"])
    assert metadata["DataHash"] == run["data"]["sha256"]
    assert metadata["RunId"] == demo["run"]
    assert float(metadata["TestMse"]) == pytest.approx(demo["mse"])
    assert len(metadata["CodeHash"]) == 64


@pytest.mark.usefixtures("demo")
def test_the_definition_command_prints_what_the_template_holds(tree: Tree) -> None:
    printed = json.loads(tree.run("mlops", "definition", "training").stdout)
    templates = (tree.root / "build" / "cloud-assembly" / "dev").rglob("*.template.json")
    resources = [
        resource
        for template in templates
        for resource in json.loads(template.read_text())["Resources"].values()
    ]
    bodies = {
        resource["Metadata"]["secure-mlops:pipeline"]: resource["Properties"]["PipelineDefinition"]
        for resource in resources
        if resource["Type"] == "AWS::SageMaker::Pipeline"
    }
    text, _values = bodies["training"]["PipelineDefinitionBody"]["Fn::Sub"]
    assert printed == json.loads(text)


@pytest.mark.usefixtures("demo")
def test_the_older_command_writes_the_same_definition(tree: Tree, tmp_path: Path) -> None:
    file = tmp_path / "definition.json"
    done = tree.run(
        *("get-pipeline-definition", "-n", "pipeline_definitions.training", "-f", str(file)),
        *("-kwargs", "{'environment': 'dev'}"),
    )
    assert done.returncode == 0, done.stderr
    assert file.read_text() == tree.run("mlops", "definition", "training").stdout


def test_a_pipeline_dropped_in_is_listed_and_runs(
    tree: Tree, demo: dict[str, Any], stand_in: str
) -> None:
    (facts,) = tree.facts("mlops", "synth")
    assert {"row-count", "training", "tumours", "tumours-batch"} <= set(facts["pipelines"])
    run = tree.facts("mlops", "run", "row-count", "--local", data=stand_in)
    assert run["status"] == "Succeeded"
    target = tree.root / "fetched"
    tree.facts("mlops", "runs", "fetch", run["run"], "--output", str(target))
    (counted,) = target.rglob("count.json")
    assert json.loads(counted.read_text()) == {"rows": 4177}
    assert demo["run"] != run["run"]


@pytest.mark.slow
@pytest.mark.usefixtures("demo")
def test_the_example_of_the_guide_trains_a_classifier(tree: Tree) -> None:
    refused = tree.run("mlops", "run", "tumours", "--local")
    assert refused.returncode == 1
    assert "the pipeline reads the data set 'tumours'" in refused.stderr
    make = "pipeline_definitions/tumours/make_data.py"
    assert tree.run("python", make, "dataset/tumours.csv").returncode == 0
    run = tree.facts("mlops", "run", "tumours", "--local")
    assert run["status"] == "Succeeded", run["failure"]
    (version,) = tree.facts("mlops", "models", "list", "--local", "--group", "tumours")
    assert version["run_id"] == run["run"]
    assert version["metrics"]["accuracy"] > 0.93


@pytest.mark.slow
def test_an_approved_model_is_the_champion_that_the_next_is_measured_against(
    tree: Tree, demo: dict[str, Any], stand_in: str, tmp_path: Path
) -> None:
    chosen = ("1", "--local", "--group", "abalone-age")
    approved = tree.run("mlops", "models", "approve", *chosen, "--reason", "good enough")
    assert approved.returncode == 0, approved.stderr
    assert tree.facts("mlops", "models", "show", *chosen)["champion"] is True
    # The same seed and data make the same model: not worse than the champion, so registered.
    run = tree.facts("mlops", "run", "training", "--local", data=stand_in)
    assert run["status"] == "Succeeded"
    tree.facts("mlops", "runs", "fetch", run["run"], "--output", str(tmp_path))
    (report,) = tmp_path.rglob("evaluation.json")
    evaluation = json.loads(report.read_text())
    assert evaluation["champion"]["present"] is True
    assert evaluation["champion"]["model_package_arn"] == demo["model_package"]
    assert evaluation["gate"]["mse_above_champion"] == 0.0


@pytest.mark.slow
def test_a_model_below_the_gate_is_not_registered(
    tree: Tree, demo: dict[str, Any], stand_in: str
) -> None:
    before = tree.facts("mlops", "models", "list", "--local")
    words = ("mlops", "run", "training", "--local", "--parameter", "MseThreshold=0.5", "--json")
    done = tree.run(*words, data=stand_in)
    assert done.returncode == 1
    run = json.loads(done.stdout)
    assert run["status"] == "Failed"
    assert f"{demo['mse']:.3f}"[:4] in run["failure"]
    assert "at most 0.5 allowed" in run["failure"]
    assert tree.facts("mlops", "models", "list", "--local") == before


@pytest.mark.usefixtures("demo")
def test_the_older_run_command_works_here_too(tree: Tree, stand_in: str) -> None:
    words = ("run-pipeline", "-n", "pipeline_definitions.row_count", "--local")
    done = tree.run(*words, "-kwargs", '{"environment": "dev"}', data=stand_in)
    assert done.returncode == 0, done.stderr
    assert "Succeeded" in done.stdout


@pytest.mark.slow
@pytest.mark.usefixtures("demo")
def test_a_module_without_the_function_stops_the_synth_with_its_name(tree: Tree) -> None:
    broken = tree.root / "pipeline_definitions" / "broken.py"
    broken.write_text("x = 1\n")
    try:
        done = tree.run("mlops", "synth")
    finally:
        broken.unlink()
    assert done.returncode == 1
    assert "pipeline_definitions/broken.py: has no function get_pipeline" in done.stderr
    assert "Traceback" not in done.stderr
