"""A notebook that runs a pipeline: executed as Jupyter does, in a kernel of its own."""

from __future__ import annotations

import doctest
import warnings
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from mlops import run

if TYPE_CHECKING:
    from conftest import SmallProject

CELLS = (
    """
from pathlib import Path
from mlops import run

result = run("small", data=Path("data.csv"), parameters={"MinimumRows": 12})
result
""",
    """
train = result.steps["Train"]
assert result.succeeded and (result.status, result.failure) == ("Succeeded", None)
assert train.metrics.keys() == {"validation:mse"}, train
assert "validation:mse" in train.log.read_text()
assert train.outputs["model"].endswith("model.tar.gz")
assert result.download(train.outputs["model"], Path("fetched")) == 1
assert result.folder == Path.cwd() / "build" / "runs" / result.run_id
alone = run("small", only="Train", base=result.run_id, progress=False)
print(alone.steps["Prepare"].reused_from == result.run_id, alone.steps["Train"].reused_from)
""",
    """
run("small", data=Path("data.csv"), parameters={"MinimumRows": 41}, progress=False).failure
""",
    """
run("tea")
""",
)


def test_a_notebook_runs_a_pipeline(project: SmallProject, monkeypatch: pytest.MonkeyPatch) -> None:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # of Jupyter's own packages
        import nbclient
        import nbformat

        monkeypatch.setenv("PYTHONPATH", project.variables()["PYTHONPATH"])
        monkeypatch.setenv("IPYTHONDIR", str(project.root / "ipython"))
        monkeypatch.setenv("JUPYTER_CONFIG_DIR", str(project.root / "jupyter"))
        cells = [nbformat.v4.new_code_cell(text.strip()) for text in CELLS]
        notebook = nbformat.v4.new_notebook(cells=cells)
        client = nbclient.NotebookClient(
            notebook, timeout=120, resources={"metadata": {"path": str(project.root)}}
        )
        with pytest.raises(nbclient.exceptions.CellExecutionError) as refused:
            client.execute()
    assert "no pipeline is called 'tea'" in str(refused.value)
    run, checks, failed, _ = [cell.outputs for cell in notebook.cells]
    assert "Train: Succeeded after" in "".join(each.get("text", "") for each in run)
    table = run[-1]["data"]["text/html"]
    assert "<td>Train</td><td>Training</td><td>Succeeded</td>" in table
    assert "validation:mse = " in table
    assert checks[0]["text"] == "True None\n"
    assert failed[0]["data"]["text/plain"] == "'only 40 rows, where 41 are needed'"


def test_the_example_is_true(project: SmallProject, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(project.root)
    (example,) = doctest.DocTestFinder().find(run, "run", globs={"run": run, "Path": Path})
    assert doctest.DocTestRunner().run(example) == (0, 3)
