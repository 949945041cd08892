"""The classes of whichever SDK is installed, 2 or 3, and a session that reaches nobody.

Both have the classes of steps under the same names; what makes a step's request differs, and has
one function for each kind here.
"""

from __future__ import annotations

import os
from importlib import import_module
from importlib.metadata import version
from typing import Any

os.environ |= {
    "AWS_DEFAULT_REGION": "eu-central-1",
    "AWS_ACCESS_KEY_ID": "none",
    "AWS_SECRET_ACCESS_KEY": "none",
}

import boto3
from botocore.awsrequest import AWSResponse
from moto import mock_aws

MAJOR = int(version("sagemaker").split(".")[0])
ROLE = "arn:aws:iam::111122223333:role/Job"
REGISTRY = "111122223333.dkr.ecr.eu-central-1.amazonaws.com"
XGBOOST = f"{REGISTRY}/sagemaker-xgboost:3.0-5"
SCIKIT_LEARN = f"{REGISTRY}/sagemaker-scikit-learn:1.4-2"
CODE, DATA, OUT, HOME = "s3://suite-code", "s3://suite-data", "s3://suite-out", "suite-home"
MACHINE = {"instance_type": "ml.m5.large", "instance_count": 1}

mock_aws().start()
_boto = boto3.Session()
_boto.client("s3").create_bucket(
    Bucket=HOME, CreateBucketConfiguration={"LocationConstraint": "eu-central-1"}
)
_boto.client("iam").create_role(RoleName="Job", AssumeRolePolicyDocument="{}")


def _allowed(**_: Any) -> Any:
    return AWSResponse("", 200, {}, None), {"EvaluationResults": []}


boto3.setup_default_session()
for each in (_boto, boto3.DEFAULT_SESSION):
    each.events.register("before-call.iam.SimulatePrincipalPolicy", _allowed)


def kept_below(prefix: Any) -> Any:
    """Return the objects that the SDK uploaded, by their URIs."""
    client = _boto.client("s3")
    found = client.list_objects_v2(Bucket=HOME, Prefix=prefix).get("Contents", [])
    return {
        f"s3://{HOME}/{each['Key']}": client.get_object(Bucket=HOME, Key=each["Key"])["Body"]
        .read()
        .decode()
        for each in found
    }


def load(module: Any, *names: Any) -> Any:
    """Return classes of a module of the workflow package, wherever the SDK has it."""
    places = (
        ("sagemaker.workflow",)
        if MAJOR == 2
        else ("sagemaker.mlops.workflow", "sagemaker.core.workflow")
    )
    for place in places:
        try:
            found = import_module(f"{place}.{module}")
            return [getattr(found, name) for name in names]
        except (ImportError, AttributeError) as error:
            last = error
    raise last


(PipelineSession,) = load("pipeline_context", "PipelineSession")
session = PipelineSession(boto_session=_boto, default_bucket=HOME)


def processed(
    *arguments: Any,
    inputs: Any = (),
    outputs: Any = (),
    image: Any = XGBOOST,
    code: Any = f"{CODE}/do.py",
    **more: Any,
) -> Any:
    """Return the request of a processing job that runs the suite's program."""
    local = "/opt/ml/processing"
    if MAJOR == 2:
        from sagemaker.processing import ProcessingInput, ProcessingOutput, ScriptProcessor

        given = [
            ProcessingInput(input_name=n, source=u, destination=f"{local}/{n}")
            for n, u in dict(inputs).items()
        ]
        left = [
            ProcessingOutput(output_name=n, source=f"{local}/{n}", destination=u)
            for n, u in dict(outputs).items()
        ]
    else:
        from sagemaker.core.processing import ProcessingInput, ProcessingOutput, ScriptProcessor
        from sagemaker.core.shapes import ProcessingS3Input, ProcessingS3Output

        given = [
            ProcessingInput(
                input_name=n,
                s3_input=ProcessingS3Input(
                    s3_uri=u,
                    local_path=f"{local}/{n}",
                    s3_data_type="S3Prefix",
                    s3_input_mode="File",
                ),
            )
            for n, u in dict(inputs).items()
        ]
        left = [
            ProcessingOutput(
                output_name=n,
                s3_output=ProcessingS3Output(
                    s3_uri=u, local_path=f"{local}/{n}", s3_upload_mode="EndOfJob"
                ),
            )
            for n, u in dict(outputs).items()
        ]
    machine = {
        **MACHINE,
        **{
            k: more.pop(k)
            for k in ("instance_count", "volume_size_in_gb", "env", "network_config")
            if k in more
        },
    }
    processor = ScriptProcessor(
        role=ROLE, image_uri=image, command=["python3"], sagemaker_session=session, **machine
    )
    return processor.run(
        code=code, arguments=list(arguments) or None, inputs=given, outputs=left, **more
    )


def network(**more: Any) -> Any:
    if MAJOR == 2:
        from sagemaker.network import NetworkConfig
    else:
        from sagemaker.core.network import NetworkConfig
    return NetworkConfig(**more)


BOOSTED = {"num_round": "3", "objective": "reg:squarederror", "nthread": "1"}


def estimator(image: Any = XGBOOST, hyperparameters: Any = BOOSTED, **more: Any) -> Any:
    """Return what trains with an image."""
    if MAJOR == 2:
        from sagemaker.estimator import Estimator

        return Estimator(
            image,
            ROLE,
            volume_size=1,
            max_run=60,
            output_path=f"{OUT}/models",
            hyperparameters=hyperparameters,
            sagemaker_session=session,
            **MACHINE,
            **more,
        )
    from sagemaker.train import ModelTrainer, configs

    return ModelTrainer(
        training_image=image,
        role=ROLE,
        sagemaker_session=session,
        compute=configs.Compute(volume_size_in_gb=1, **MACHINE),
        stopping_condition=configs.StoppingCondition(max_runtime_in_seconds=60),
        output_data_config=configs.OutputDataConfig(s3_output_path=f"{OUT}/models"),
        hyperparameters=hyperparameters,
        **more,
    )


def channels(*names: Any) -> Any:
    if MAJOR == 2:
        from sagemaker.inputs import TrainingInput

        return {n: TrainingInput(f"{DATA}/{n}/", content_type="text/csv") for n in names}
    from sagemaker.train.configs import InputData

    return [
        InputData(channel_name=n, data_source=f"{DATA}/{n}/", content_type="text/csv")
        for n in names
    ]


def trained(*names: Any, **more: Any) -> Any:
    """Return the request of a training job."""
    made = estimator(**more)
    given = channels(*(names or ("train", "validation")))
    return made.fit(given) if MAJOR == 2 else made.train(input_data_config=given)


def tuned(ranges: Any, jobs: Any = 2, **more: Any) -> Any:
    """Return the request of a tuning job; a range is a pair of numbers, or a list of values."""
    if MAJOR == 2:
        from sagemaker.tuner import CategoricalParameter, ContinuousParameter, HyperparameterTuner
    else:
        from sagemaker.core.parameter import CategoricalParameter, ContinuousParameter
        from sagemaker.train.tuner import HyperparameterTuner
    made = {
        n: ContinuousParameter(*r) if isinstance(r, tuple) else CategoricalParameter(r)
        for n, r in ranges.items()
    }
    tuner = HyperparameterTuner(
        estimator(),
        "validation:rmse",
        made,
        objective_type="Minimize",
        max_jobs=jobs,
        max_parallel_jobs=1,
        **more,
    )
    given = channels("train", "validation")
    return tuner.fit(given) if MAJOR == 2 else tuner.tune(given)


def transformed(model_name: Any, place: Any, content: Any = "text/csv", **more: Any) -> Any:
    """Return the request of a transform job of the rows to score."""
    if MAJOR == 2:
        from sagemaker.transformer import Transformer
    else:
        from sagemaker.core.transformer import Transformer
    made = Transformer(
        model_name=model_name,
        output_path=place,
        accept="text/csv",
        assemble_with="Line",
        base_transform_job_name="score",
        sagemaker_session=session,
        **MACHINE,
    )
    return made.transform(data=f"{DATA}/score/", content_type=content, split_type="Line", **more)


def _model(data: Any, env: Any = None, image: Any = XGBOOST, isolated: Any = False) -> Any:
    if MAJOR == 2:
        from sagemaker.model import Model

        return Model(
            image_uri=image,
            model_data=data,
            role=ROLE,
            env=env,
            sagemaker_session=session,
            enable_network_isolation=isolated,
        )
    from sagemaker.serve import ModelBuilder

    return ModelBuilder(
        image_uri=image,
        s3_model_data_url=data,
        role_arn=ROLE,
        env_vars=env or {},
        sagemaker_session=session,
    )


def modelled(data: Any, **more: Any) -> Any:
    """Return the request that makes a model."""
    made = _model(data, **more)
    return made.create(instance_type="ml.m5.large") if MAJOR == 2 else made.build()


def registered(data: Any, group: Any = "suite-models", **more: Any) -> Any:
    """Return the request that registers a model."""
    kinds = {"content_types": ["text/csv"], "response_types": ["text/csv"]}
    places = {"inference_instances": ["ml.m5.large"], "transform_instances": ["ml.m5.large"]}
    return _model(data).register(model_package_group_name=group, **kinds, **places, **more)
