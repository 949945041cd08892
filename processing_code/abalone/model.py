"""The trained model: booster, transformer and prediction intervals, always together."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from abalone.intervals import FILE_NAME as INTERVALS_FILE
from abalone.intervals import Intervals
from abalone.transformer import FILE_NAME as TRANSFORMER_FILE
from abalone.transformer import Transformer
from tabular.failure import JobError
from tabular.files import write_whole

if TYPE_CHECKING:
    from pathlib import Path

    import numpy.typing as npt
    import xgboost as xgb

    from abalone.schema import Columns

MODEL_FILE = "model.ubj"
ANSWER = ("prediction", "lower", "upper")


@dataclass(frozen=True)
class Model:
    """A booster that turns raw columns into predicted rings, with its transformer and intervals."""

    booster: xgb.Booster
    transformer: Transformer
    intervals: Intervals

    def predict(self, columns: Columns) -> npt.NDArray[np.float32]:
        """Predict the rings."""
        predictions: Any = self.booster.inplace_predict(self.transformer.transform(columns))
        rings: npt.NDArray[np.float32] = np.asarray(predictions, dtype=np.float32)
        return rings

    def answer(self, columns: Columns) -> Columns:
        """Predict `prediction`, `lower` and `upper` (float32, rings)."""
        predictions = self.predict(columns)
        lower, upper = self.intervals.around(predictions)
        return dict(zip(ANSWER, (predictions, lower, upper), strict=True))

    def save(self, folder: Path) -> None:
        """Write all three."""
        write_whole(
            folder / MODEL_FILE,
            lambda beside: beside.write_bytes(self.booster.save_raw(raw_format="ubj")),
        )
        self.transformer.save(folder / TRANSFORMER_FILE)
        self.intervals.save(folder / INTERVALS_FILE)

    @classmethod
    def load(cls, folder: Path) -> Model:
        """Read what `save` wrote."""
        import xgboost as xgb  # costs a second: only who predicts pays

        transformer = Transformer.load(folder / TRANSFORMER_FILE)
        file = folder / MODEL_FILE
        if not file.is_file():
            raise JobError(f"{folder} holds no {MODEL_FILE}: it is no artefact of our training")
        booster = xgb.Booster()
        try:
            booster.load_model(bytearray(file.read_bytes()))
        except xgb.core.XGBoostError:
            raise JobError(f"{file} is not an XGBoost model") from None
        if booster.num_features() != len(transformer.feature_names):
            raise JobError(
                f"{file} expects {booster.num_features()} features, its transformer makes "
                f"{len(transformer.feature_names)}: they do not belong together"
            )
        return cls(booster, transformer, Intervals.load(folder / INTERVALS_FILE))
