from __future__ import annotations

import io
import json
import shutil
import tarfile
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow.parquet as pq
import pytest

import evaluate

ARN = "arn:aws:sagemaker:eu-central-1:123456789012:model-package/abalone/7"


def inputs(root: Path) -> Path:
    return root / "processing" / "input"


def result(root: Path) -> dict[str, Any]:
    file = root / "processing/output/evaluation/evaluation.json"
    document: dict[str, Any] = json.loads(file.read_text())
    return document


def pack(folder: Path, archive: Path) -> None:
    with tarfile.open(archive, "w:gz") as tar:
        tar.add(folder, arcname=".")


def crown(root: Path, artefact: Path | None = None) -> None:
    """Make an artefact, by default the challenger's own, the champion."""
    champion = inputs(root) / "champion"
    if artefact:
        pack(artefact, champion / "model.tar.gz")
    else:
        shutil.copyfile(inputs(root) / "model/model.tar.gz", champion / "model.tar.gz")
    (champion / "champion.json").write_text(json.dumps({"model_package_arn": ARN}))


def failure(root: Path, capsys: pytest.CaptureFixture[str]) -> str:
    assert evaluate.main([]) == 1
    assert "Traceback" not in capsys.readouterr().err
    assert not (root / "processing/output/evaluation").exists()
    return (root / "output/failure").read_text()


def numbers_only(value: Any) -> bool:
    if isinstance(value, dict):
        return all(numbers_only(item) for item in value.values())
    return isinstance(value, (int, float)) and not isinstance(value, bool)


@pytest.fixture(scope="module")
def evaluated(trained: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The job without a champion; only to be read."""
    root = tmp_path_factory.mktemp("evaluated") / "ml"
    shutil.copytree(trained, root)
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("ML_ROOT", str(root))
        assert evaluate.main([]) == 0
    return root


def test_without_a_champion(evaluated: Path) -> None:
    found = result(evaluated)
    metrics = found["regression_metrics"]
    assert set(metrics) == {"mse", "rmse", "mae", "r2"}
    assert all(set(figures) == {"value", "standard_deviation"} for figures in metrics.values())
    assert numbers_only(metrics)
    assert found["champion"] == {"present": False, "model_package_arn": "", "mse": {"value": 0.0}}
    gate = found["gate"]
    assert (gate["failed"], gate["mse_above_champion"], gate["rows"]) == (0, 0.0, 0)
    assert gate["summary"] == "no champion to compare with"
    assert {check["figure"] for check in gate["checks"]} == {"coverage"}
    assert metrics["mse"]["value"] < found["baseline"]["mse"]["value"]

    scored = pq.read_table(evaluated / "processing/output/evaluation/predictions.parquet")
    assert scored.column_names == ["row_id", "rings", "prediction", "lower", "upper"]
    rings = np.array(scored["rings"])
    within = (np.array(scored["lower"]) <= rings) & (rings <= np.array(scored["upper"]))
    assert found["prediction_interval"]["coverage"] == pytest.approx(within.mean())
    assert found["prediction_interval"]["level"] == 0.9
    errors = np.array(scored["prediction"]) - np.array(scored["rings"])
    assert metrics["mse"]["value"] == pytest.approx(float((errors**2).mean()), rel=1e-6)
    test = pq.read_table(inputs(evaluated) / "test/test.parquet")
    assert scored["row_id"].to_pylist() == test["row_id"].to_pylist()


def test_the_same_model_again_is_not_above_itself(evaluated: Path, after_training: Path) -> None:
    crown(after_training)
    assert evaluate.main([]) == 0
    same = result(after_training)
    assert same["champion"]["present"] is True
    assert same["champion"]["model_package_arn"] == ARN
    assert same["champion"]["mse"]["value"] == same["regression_metrics"]["mse"]["value"]
    assert same["gate"]["mse_above_champion"] == 0.0

    # Everything else is the same, byte for byte, as without a champion.
    folders = [root / "processing/output/evaluation" for root in (evaluated, after_training)]
    assert result(evaluated)["regression_metrics"] == same["regression_metrics"]
    names = ["plots/calibration.png", "plots/importance.png", "plots/residuals.png"]
    for name in [*names, "predictions.parquet"]:
        contents = [(folder / name).read_bytes() for folder in folders]
        assert contents[0] == contents[1], name
        assert b"matplotlib" not in contents[0].lower(), "no version of a tool in the file"


def test_a_champion_speaks_with_its_own_code(after_training: Path, trained: Path) -> None:
    weak = after_training / "weak"
    shutil.copytree(trained / "model", weak)
    model = weak / "code/abalone/model.py"
    spoken = model.read_text()
    model.write_text(spoken.replace("return rings", "return rings * 0 + 9"))
    assert model.read_text() != spoken
    crown(after_training, weak)
    assert evaluate.main([]) == 0
    found = result(after_training)
    rings = np.array(pq.read_table(inputs(after_training) / "test/test.parquet")["rings"])
    assert found["champion"]["mse"]["value"] == pytest.approx(float(((9 - rings) ** 2).mean()))
    expected = found["regression_metrics"]["mse"]["value"] - found["champion"]["mse"]["value"]
    served, pooled = found["gate"]["checks"][:2]
    assert served["name"] == "test rows"
    assert served["loss"] == pytest.approx(expected)
    assert served["loss"] < 0
    assert served["standard_error"] > 0
    assert pooled["name"] == "test and out-of-fold rows"
    assert pooled["rows"] == 600
    assert found["gate"]["mse_above_champion"] == pooled["loss"]
    assert found["gate"]["failed"] == 0
    assert "MSE" in (after_training / "output/message").read_text()


def test_a_challenger_that_is_worse_is_refused_with_figures(
    after_training: Path, trained: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    weak = after_training / "weak"
    shutil.copytree(trained / "model", weak)
    model = weak / "code/abalone/model.py"
    model.write_text(model.read_text().replace("return rings", "return rings + 2"))
    crown(after_training)
    pack(weak, inputs(after_training) / "model/model.tar.gz")
    assert evaluate.main([]) == 0
    gate = result(after_training)["gate"]
    failed = [check["name"] for check in gate["checks"] if check["failed"]]
    assert failed[0] == "test rows"
    assert gate["failed"] == len(failed)
    assert gate["summary"].startswith("failed: test rows: MSE +")
    assert "gate: test rows: MSE +" in capsys.readouterr().out
    assert gate["smallest_detectable_loss"] > 0


def rewrite(root: Path, folder: str, changes: dict[str, Any] | None) -> None:
    """Change what an artefact, or the test rows, say of their origin; None leaves nothing."""
    file = root / folder / ("training_report.json" if folder == "older" else "origin.json")
    document = json.loads(file.read_text())
    origin = document["origin"] if folder == "older" else document
    origin.update(changes or {})
    if changes is None:
        del document["origin"]
    file.write_text(json.dumps(document))


def test_a_champion_of_another_split_is_named_and_decides_nothing(
    after_training: Path, trained: Path
) -> None:
    shutil.copytree(trained / "model", after_training / "older")
    rewrite(after_training, "older", None)
    crown(after_training, after_training / "older")
    assert evaluate.main([]) == 0
    found = result(after_training)
    assert f"{ARN} was trained before the split changed" in found["gate"]["summary"]
    assert {check["figure"] for check in found["gate"]["checks"]} == {"coverage"}
    assert found["champion"]["mse"]["value"] > 0, "it is measured all the same"


def test_data_that_shrank_is_no_reason_to_replace_a_model(
    after_training: Path, trained: Path
) -> None:
    shutil.copytree(trained / "model", after_training / "older")
    rewrite(after_training, "older", {"rows": 901, "synthetic": False})
    rewrite(after_training, "processing/input/test", {"synthetic": True})
    crown(after_training, after_training / "older")
    assert evaluate.main(["--least-rows-share", "0.7"]) == 0
    gate = result(after_training)["gate"]
    assert gate["failed"] == 1
    assert "usable rows of the data: 600, the champion had 901 (at least 630.7" in gate["summary"]
    assert gate["notes"][0].startswith(f"{ARN} was trained on rows that are not marked")


@pytest.mark.parametrize(
    "arguments", [["--significance", "0"], ["--significance", "nan"], ["--least-rows-share", "2"]]
)
def test_impossible_arguments_are_refused(
    after_training: Path, capsys: pytest.CaptureFixture[str], arguments: list[str]
) -> None:
    assert evaluate.main(arguments) == 1
    assert arguments[0] in capsys.readouterr().err
    assert not (after_training / "processing/output/evaluation").exists()


@pytest.mark.parametrize("missing", ["champion.json", "model.tar.gz"])
def test_half_a_champion_is_not_none(
    after_training: Path, capsys: pytest.CaptureFixture[str], missing: str
) -> None:
    crown(after_training)
    (inputs(after_training) / "champion" / missing).unlink()
    assert f"the champion is incomplete: {missing} is missing" in failure(after_training, capsys)


@pytest.mark.slow
def test_a_champion_that_cannot_be_read_is_told(
    after_training: Path, trained: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    crown(after_training)
    archive = inputs(after_training) / "champion/model.tar.gz"
    archive.write_bytes(archive.read_bytes()[:1000])
    assert "cannot unpack" in failure(after_training, capsys)

    hollow = after_training / "hollow"
    shutil.copytree(trained / "model", hollow)
    (hollow / "model.ubj").write_bytes(b"not a model")
    crown(after_training, hollow)
    message = failure(after_training, capsys)
    assert "the champion cannot score test.parquet" in message
    assert "is not an XGBoost model" in message

    shutil.rmtree(hollow / "code")
    crown(after_training, hollow)
    assert "the champion's artefact has no code/score.py" in failure(after_training, capsys)

    crown(after_training)
    (inputs(after_training) / "champion/champion.json").write_text("[]")
    assert "does not name its model_package_arn" in failure(after_training, capsys)


@pytest.mark.parametrize("kind", ["outside", "absolute", "link", "device"])
def test_an_archive_that_reaches_outside_is_refused(
    after_training: Path, capsys: pytest.CaptureFixture[str], kind: str
) -> None:
    member = tarfile.TarInfo({"outside": "../../evil", "absolute": "/evil"}.get(kind, "evil"))
    if kind == "link":
        member.type, member.linkname = tarfile.SYMTYPE, "/etc/passwd"
    if kind == "device":
        member.type = tarfile.CHRTYPE
    with tarfile.open(inputs(after_training) / "model/model.tar.gz", "w:gz") as tar:
        tar.addfile(member, io.BytesIO())
    assert f"model.tar.gz holds {member.name!r}" in failure(after_training, capsys)
    assert not Path("/evil").exists()


def test_missing_inputs_are_told(after_training: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (inputs(after_training) / "model/model.tar.gz").unlink()
    assert "cannot unpack" in failure(after_training, capsys)
    (inputs(after_training) / "test/test.parquet").write_bytes(b"PAR1")
    assert "cannot read" in failure(after_training, capsys)
