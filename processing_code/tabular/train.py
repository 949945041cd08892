"""Job `Train`, in script mode: hyperparameters as arguments, rows and problem as channels.

The channels are `train`, `problem` and, where that has a `packages.txt`, `wheelhouse`.
`--estimator NAME` chooses; all others are settings of that estimator. Leaves in the model folder
the model, the problem, `training_report.json` and `code/`, so that the artefact scores and serves
itself.
"""

from __future__ import annotations

import shutil
from pathlib import Path
from typing import TYPE_CHECKING, Any

from tabular import packages
from tabular.arguments import Arguments
from tabular.estimators import ESTIMATORS, make_estimator
from tabular.failure import JobError, report_end
from tabular.files import rounded, write_json
from tabular.losses import LOSS
from tabular.model import PROBLEM, featured
from tabular.paths import training_folder
from tabular.problem import part_of, schema_of
from tabular.rows import read_values
from tabular.training import fit

if TYPE_CHECKING:
    from collections.abc import Sequence

REPORT_FILE = "training_report.json"
SERVED = ("inference.py", "score.py")


def run(arguments: Sequence[str]) -> None:
    """Run the job."""
    parser = Arguments(prog="train", description=__doc__, allow_abbrev=False)
    parser.add_argument("--estimator", default=next(iter(ESTIMATORS)))
    parser.add_argument("--seed", type=int, default=42)
    options, others = parser.parse_known_args(arguments)
    settings = _settings(others)
    folder = training_folder("SM_CHANNEL_PROBLEM", "input/data/problem")
    schema = schema_of(folder)
    train = training_folder("SM_CHANNEL_TRAIN", "input/data/train") / "train.csv"
    values = read_values(train, schema, [*schema.columns])
    output = training_folder("SM_MODEL_DIR", "model")
    if (folder / packages.FILE).is_file():
        wheels = training_folder("SM_CHANNEL_WHEELHOUSE", "input/data/wheelhouse")
        packages.install(wheels, folder / packages.FILE, output)
    own = part_of(folder, "estimator")

    def make() -> Any:
        if own is not None:
            return own(schema, settings)
        return make_estimator(options.estimator, schema, settings, options.seed)

    frame = featured(values[schema.features], folder)
    fitted = fit(frame, values[schema.target], schema, make, options.seed)
    fitted.model.save(output)
    shutil.copytree(folder, output / PROBLEM, dirs_exist_ok=True, ignore=_CACHES)
    ship_code(output / "code")
    report = {
        "estimator": "parts.py" if own is not None else options.estimator,
        "settings": settings,
        "rows": len(values),
        "features": fitted.model.encoder.names,
        "unseen_loss": rounded(fitted.unseen_loss),
    }
    write_json(output / REPORT_FILE, report)
    print(f"validation:loss={fitted.unseen_loss:.9g}")
    report_end(
        f"{LOSS[schema.problem]} {fitted.unseen_loss:.6g} on rows not seen, {len(values)} rows"
    )


_CACHES = shutil.ignore_patterns("__pycache__", "sourcedir.tar.gz")


def ship_code(folder: Path) -> None:
    """Copy the code that serves the model beside the model."""
    here = Path(__file__).resolve().parent
    shutil.copytree(here, folder / "tabular", dirs_exist_ok=True, ignore=_CACHES)
    for name in SERVED:
        shutil.copyfile(here / name, folder / name)


def _settings(others: Sequence[str]) -> dict[str, str]:
    names, values = others[::2], others[1::2]
    if len(names) != len(values) or any(not name.startswith("--") for name in names):
        raise JobError(f"settings are --NAME VALUE, not {' '.join(others)}")
    return {name[2:]: value for name, value in zip(names, values, strict=True)}
