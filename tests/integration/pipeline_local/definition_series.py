"""A model of several containers: each says what it is given, and with which variable of its own."""

from __future__ import annotations

from tests.archives import packed
from tests.integration.pipeline_local.definition_case import Case
from tests.integration.pipeline_local.definition_parts import (
    DATA,
    OUT,
    ROLE,
    SCIKIT_LEARN,
    XGBOOST,
    transform,
)

SAYS = """
import json, os
def model_fn(model_dir):
    return os.environ["SAYS"]
def transform_fn(model, body, content_type, accept):
    text = json.loads(body) if content_type == "application/json" else body.replace("\\n", "|")
    said = f"{text} {model}({content_type.removeprefix('text/csv')})"
    return (json.dumps(said) if accept == "application/json" else said), accept
"""
IMAGES = {"first": SCIKIT_LEARN, "second": XGBOOST}
MODELS = {
    f"{DATA}/series/{name}.tar.gz": packed({"code/inference.py": SAYS.encode()}) for name in IMAGES
}
SERIES = {
    "containers in series": Case(
        [
            {
                "Name": "Make",
                "Type": "Model",
                "Arguments": {
                    "ExecutionRoleArn": ROLE,
                    "EnableNetworkIsolation": True,
                    "Containers": [
                        {
                            "Image": image,
                            "ModelDataUrl": f"{DATA}/series/{name}.tar.gz",
                            "Environment": {"SAGEMAKER_PROGRAM": "inference.py", "SAYS": name},
                        }
                        for name, image in IMAGES.items()
                    ],
                },
            },
            transform(),
        ],
        objects={f"{OUT}/Score/rows.csv.out": "1,3,0|2,4,1 first() second(application/json)\n"},
    ),
}
