"""Job `Evaluate`: measure the challenger, and the champion on the same rows.

Reads below `input/`: `model/model.tar.gz`, `test/test.csv`, `problem/`, and `champion/`
(`model.tar.gz` and `champion.json` if a model is approved). Writes below `output/`:
`evaluation/evaluation.json`, `evaluation/predictions.csv` and `quality/predictions.csv` (what was
said and what was, for the baseline of the model's errors).
"""

from __future__ import annotations

import tempfile
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import numpy as np
import pandas as pd

from tabular.arguments import Arguments
from tabular.artefact import ARCHIVE, Champion, answer, find_champion, unpack
from tabular.failure import JobError, report_end
from tabular.files import rounded, write_json
from tabular.losses import LOSS, constant_losses, encode_target, losses
from tabular.metrics import metrics_of
from tabular.model import PROBLEM, class_column
from tabular.paired import MARGIN, Loss
from tabular.paths import processing_input, processing_output
from tabular.problem import schema_of
from tabular.rows import content_hashes, read_texts, read_values, write_rows
from tabular.schema import BINARY, REGRESSION
from tabular.values import convert

if TYPE_CHECKING:
    from collections.abc import Sequence

    import numpy.typing as npt

    from tabular.schema import Schema

    FloatArray = npt.NDArray[np.float64]
    BoolArray = npt.NDArray[np.bool_]


SIGNIFICANCE: Final = 0.01
"""How often a model that is as good as allowed is refused."""


def run(arguments: Sequence[str]) -> None:
    """Run the job."""
    Arguments(prog="evaluate", description=__doc__).parse_args(arguments)
    schema = schema_of(processing_input("problem"))
    rows = processing_input("test") / "test.csv"
    values = read_values(rows, schema, [*schema.columns])
    target = values[schema.target]
    content = content_hashes(values[schema.features]).to_numpy(np.uint64)
    truth = encode_target(schema, target)
    champion = find_champion(processing_input("champion"))
    with tempfile.TemporaryDirectory(prefix="evaluate-") as name:
        scratch = Path(name)
        said = _said("challenger", processing_input("model") / ARCHIVE, rows, scratch, schema)
        if said is None:
            raise JobError("the model was trained with another schema: train it again")
        raw, answers, whole = said
        if not whole.all():
            raise JobError("the model takes fewer rows than this schema: train it again")
        before = _said("champion", champion.archive, rows, scratch, schema) if champion else None
    loss, constant = losses(schema, truth, raw), constant_losses(schema, truth)
    # Of a champion whose schema is narrower, the rows that it takes are compared.
    taken = before[2] if before else np.zeros(len(truth), dtype=bool)
    other = losses(schema, truth[taken], before[0]) if before else None
    arn = champion.model_package_arn if champion else ""
    figures = compare(loss, constant, other, taken, content)
    report: dict[str, Any] = {
        **metrics_of(schema, truth, raw),
        "loss": {
            "measure": LOSS[schema.problem],
            "value": rounded(float(loss.mean())),
            "of_the_best_constant": rounded(float(constant.mean())),
        },
        "gate": {**figures, "summary": summary_of(champion, figures if before else None)},
        "champion": {
            "present": champion is not None,
            "comparable": before is not None,
            "model_package_arn": arn,
            "loss": rounded(float(other.mean())) if other is not None else 0.0,
        },
        "rows": {"test": len(truth), "compared": int(taken.sum())},
    }
    if schema.problem == REGRESSION:
        inside = (answers["lower"] <= truth) & (truth <= answers["upper"])
        report["prediction_interval"] = {"coverage": rounded(float(inside.mean()))}
    output = processing_output("evaluation")
    write_json(output / "evaluation.json", report)
    write_rows(output / "predictions.csv", pd.concat([read_texts(rows), answers], axis="columns"))
    pairs = answers.assign(**{schema.target: target.to_numpy()})
    write_rows(processing_output("quality") / "predictions.csv", for_monitor(schema, pairs))
    gate = report["gate"]
    summary = (
        f"{LOSS[schema.problem]} {loss.mean():.6g} on {len(truth)} rows, skill {gate['skill']:.4f}"
    )
    if champion:
        compared = f"{gate['loss_above_champion']:+.6g} above" if before else "another schema than"
        summary += f", {compared} the champion {arn}"
        if before:
            if not taken.all():
                summary += f" on the {taken.sum()} rows that its schema allows"
            summary += f"; a loss of {gate['smallest_detectable_loss']:.3g} would be found"
    report_end(summary)


def compare(
    loss: FloatArray,
    constant: FloatArray,
    champion: FloatArray | None,
    taken: BoolArray,
    content: npt.NDArray[np.uint64],
) -> dict[str, float]:
    """Return the figures that the gate reads; without a champion those that compare are 0.

    `skill` is the share of the best constant's loss that the model saves: 0 is no better, 1 is
    perfect. `loss_beyond_allowed` is above 0 where the model is worse by more than the margin
    beyond chance.
    """
    if champion is None:
        taken, champion = np.ones(len(loss), dtype=bool), loss
        allowed = 0.0
    else:
        allowed = MARGIN * float(champion.mean())
    above = Loss.of(loss[taken] - champion, content[taken])
    best = float(constant.mean())
    return {
        "skill": rounded(1 - float(loss.mean()) / best if best > 0 else 0.0),
        "loss_above_champion": rounded(above.mean),
        "loss_above_champion_standard_error": rounded(above.error),
        "loss_allowed": rounded(allowed),
        "loss_beyond_allowed": rounded(above.at_least(SIGNIFICANCE) - allowed),
        "smallest_detectable_loss": rounded(allowed + above.detectable(SIGNIFICANCE)),
        "significance": SIGNIFICANCE,
    }


def summary_of(champion: Champion | None, figures: dict[str, float] | None) -> str:
    """Say how the model compares with the approved one, for the message of a refusal."""
    if champion is None:
        return "there is no approved model to compare with"
    if figures is None:
        return "the approved model was made for another schema and not compared"
    beyond = f"{figures['loss_beyond_allowed']:g} beyond {MARGIN:.0%}"
    return (
        f"its loss is for certain (at {SIGNIFICANCE:.0%}) {beyond} above the approved model's on "
        "the same rows (at most 0 allowed)"
    )


def _said(
    whose: str, archive: Path, rows: Path, scratch: Path, schema: Schema
) -> tuple[FloatArray, pd.DataFrame, BoolArray] | None:
    """Return predictions and answers of the rows that an artefact takes, and which they are.

    None if it was made for another schema, or takes no row.
    """
    folder = unpack(whose, archive, scratch / whose)
    theirs = schema_of(folder / PROBLEM)
    same = (theirs.problem, theirs.target, theirs.quantile, theirs.classes)
    if same != (schema.problem, schema.target, schema.quantile, schema.classes):
        return None
    if not {*theirs.columns} <= {*schema.columns}:
        return None
    texts = read_texts(rows)
    taken = ~texts.index.isin([*convert(texts, theirs, theirs.features).faults])
    if not taken.any():
        return None
    asked = scratch / f"rows-for-{whose}.csv"
    write_rows(asked, texts[taken])
    answer(whose, folder, asked, scratch / f"{whose}.csv")
    found = pd.read_csv(scratch / f"{whose}.csv", dtype={"prediction": str}, keep_default_na=False)
    wanted = (
        [class_column(name) for name in schema.classes] if schema.classifies else ["prediction"]
    )
    if not schema.classifies:
        found["prediction"] = found["prediction"].astype(float)
    raw = found[wanted].to_numpy(dtype=np.float64)
    if not np.isfinite(raw).all():
        raise JobError(f"the {whose} predicted something that is not a number")
    return (raw if schema.classifies else raw[:, 0]), found[list(schema.answers)], taken


def for_monitor(schema: Schema, pairs: pd.DataFrame) -> pd.DataFrame:
    """Return what Model Monitor reads: predictions and truth, of a binary problem as 0 and 1."""
    names = ["prediction", *(["probability"] if schema.problem == BINARY else []), schema.target]
    found = pairs[names].copy()
    if schema.problem == BINARY:
        for name in ("prediction", schema.target):
            found[name] = (found[name] == schema.positive).astype(int)
    return found
