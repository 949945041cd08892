"""What the definitions of the suite read, by its places in S3."""

from __future__ import annotations

import json

from tests.integration.pipeline_local.definition_parts import CODE, DATA, SCRIPT
from tests.integration.pipeline_local.definition_series import MODELS

ROWS = "\n".join(f"{2 * n},{n},{n % 3}" for n in range(24))
_TEXTS = {
    f"{CODE}/do.py": SCRIPT,
    f"{DATA}/train/rows.csv": ROWS,
    f"{DATA}/validation/rows.csv": ROWS,
    f"{DATA}/score/rows.csv": "1,3,0\n2,4,1\n",
    f"{DATA}/scored/rows.csv": "truth,said\n1,1.5\n2,2\n3,2.5\n",
    f"{DATA}/answers/rows.csv": "truth,said\n1,0.9\n0,0.2\n1,0.6\n0,0.7\n",
    f"{DATA}/people/rows.csv": "1,0,5\n0,1,6\n1,1,7\n0,0,8\n1,0,9\n0,1,4\n",
    f"{DATA}/base/statistics.json": json.dumps(
        {"version": 0.0, "dataset": {"item_count": 3}, "features": []}
    ),
    f"{DATA}/base/constraints.json": json.dumps(
        {
            "version": 0.0,
            "features": [
                {"name": name, "inferred_type": "Fractional", "completeness": 1.0}
                for name in ("truth", "said", "thought")
            ],
        }
    ),
    f"{DATA}/explain/analysis_config.json": json.dumps(
        {
            "dataset_type": "text/csv",
            "headers": ["target", "size", "kind"],
            "label": "target",
            "methods": {"shap": {}},
        }
    ),
    f"{DATA}/config/analysis_config.json": json.dumps(
        {
            "dataset_type": "text/csv",
            "headers": ["paid", "sex", "size"],
            "label": "paid",
            "label_values_or_threshold": [1],
            "facet": [{"name_or_index": "sex", "value_or_threshold": [1]}],
            "methods": {"pre_training_bias": {"methods": "all"}},
        }
    ),
}
CONTENT = {
    **{uri: text.encode() for uri, text in _TEXTS.items()},
    **MODELS,
}
