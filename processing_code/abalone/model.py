"""The trained model: a booster and the transformer it was trained behind, always together."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from abalone.failure import JobError
from abalone.files import write_whole
from abalone.transformer import FILE_NAME as TRANSFORMER_FILE
from abalone.transformer import Transformer

if TYPE_CHECKING:
    from pathlib import Path

    import numpy.typing as npt
    import xgboost as xgb

    from abalone.schema import Columns

MODEL_FILE = "model.ubj"


@dataclass(frozen=True)
class Model:
    """What turns raw columns into predicted rings.

    Parameters
    ----------
    booster : xgboost.Booster
        The trees.
    transformer : Transformer
        The transformer fitted on the training split.
    """

    booster: xgb.Booster
    transformer: Transformer

    def predict(self, columns: Columns) -> npt.NDArray[np.float32]:
        """Predict the rings.

        Parameters
        ----------
        columns : Columns
            Raw columns.

        Returns
        -------
        ndarray of float32
            One prediction a row.
        """
        predictions: Any = self.booster.inplace_predict(self.transformer.transform(columns))
        rings: npt.NDArray[np.float32] = np.asarray(predictions, dtype=np.float32)
        return rings

    def save(self, folder: Path) -> None:
        """Write booster and transformer.

        Parameters
        ----------
        folder : Path
            SageMaker's model folder, or any other.
        """
        write_whole(
            folder / MODEL_FILE,
            lambda beside: beside.write_bytes(self.booster.save_raw(raw_format="ubj")),
        )
        self.transformer.save(folder / TRANSFORMER_FILE)

    @classmethod
    def load(cls, folder: Path) -> Model:
        """Read what `save` wrote.

        Parameters
        ----------
        folder : Path
            The unpacked artefact.

        Returns
        -------
        Model
            Ready to predict.

        Raises
        ------
        JobError
            If a file is missing or unreadable, or the two do not belong together.
        """
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
        return cls(booster, transformer)
