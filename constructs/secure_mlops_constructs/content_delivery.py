"""Deliveries of this project's files to buckets, from inside the VPC."""

from __future__ import annotations

import shutil
import tempfile
from pathlib import Path

import aws_cdk as cdk
from aws_cdk import aws_iam as iam
from aws_cdk import aws_kms as kms
from aws_cdk import aws_lambda as lambda_
from aws_cdk import aws_s3 as s3
from aws_cdk import aws_s3_assets as assets
from aws_cdk import aws_s3_deployment as deployment
from constructs import Construct

from secure_mlops_constructs.acknowledgments import acknowledge
from secure_mlops_constructs.dead_letters import dead_letter_queue
from secure_mlops_constructs.private_function import (
    NOT_CODE,
    FunctionPlace,
    FunctionRole,
)


class ContentDelivery(Construct):
    """Deliveries to buckets that share one hardened function; one in a stack.

    A delivery deletes nothing: folders lie under the hash of their content, or are a marker of its
    own name; only a single file replaces what was at its key. ``Prune`` is off, and a stack that
    goes leaves the files to the bucket's own lifecycle.
    """

    def __init__(
        self, scope: Construct, construct_id: str, *, role: FunctionRole, place: FunctionPlace
    ) -> None:
        super().__init__(scope, construct_id)
        self._role = role
        self._place = place
        self._queue_arn = dead_letter_queue(self, role.name, place.key_arn).queue_arn
        self._policy: iam.ManagedPolicy | None = None

    def folder(
        self, name: str, folder: Path, *, bucket_name: str, prefix: str
    ) -> deployment.BucketDeployment:
        """Deliver the content of a folder; `name` is the delivery's unique id."""
        asset = assets.Asset(self, f"{name}Asset", path=str(folder), exclude=NOT_CODE)
        delivery = deployment.BucketDeployment(
            self,
            name,
            sources=[deployment.Source.bucket(asset.bucket, asset.s3_object_key)],
            # Imported, so that the delivery adds neither a tag with the content's hash to the
            # bucket, nor statements to the policies of bucket and key.
            destination_bucket=s3.Bucket.from_bucket_attributes(
                self,
                f"{name}Bucket",
                bucket_name=bucket_name,
                encryption_key=kms.Key.from_key_arn(self, f"{name}Key", self._place.key_arn),
            ),
            destination_key_prefix=prefix,
            prune=False,
            retain_on_delete=True,
            output_object_keys=False,
            role=self._role.frozen,
            vpc=self._place.vpc,
            vpc_subnets=self._place.subnets,
            security_groups=[self._place.security_group],
            log_group=self._role.log_group,
        )
        layer = delivery.node.find_child("AwsCliLayer").node.default_child
        assert isinstance(layer, lambda_.CfnLayerVersion)  # noqa: S101 - narrows the type
        layer.layer_name = f"{self._role.name}-aws-cli"
        if self._policy is None:
            self._policy = self._reading_policy()
            self._harden_function()
        self._policy.add_statements(
            iam.PolicyStatement(
                actions=["s3:GetObject"],
                resources=[asset.bucket.arn_for_objects(asset.s3_object_key)],
            )
        )
        delivery.node.add_dependency(self._role, self._policy)
        return delivery

    def file(
        self, name: str, file: Path, *, bucket_name: str, key: str
    ) -> deployment.BucketDeployment:
        """Deliver one file; in a versioned bucket the one before remains as an older version."""
        prefix, _, object_name = key.rpartition("/")
        with tempfile.TemporaryDirectory() as folder:
            shutil.copyfile(file, Path(folder) / object_name)
            return self.folder(name, Path(folder), bucket_name=bucket_name, prefix=f"{prefix}/")

    def _reading_policy(self) -> iam.ManagedPolicy:
        """Let the function read the assets it delivers, no others of the CDK's bucket."""
        return iam.ManagedPolicy(
            self,
            "Assets",
            managed_policy_name=f"{self._role.name}-assets",
            description="The assets of the current deployment, each by its hash",
            roles=[self._role.role],
        )

    def _harden_function(self) -> None:
        """Set what the CDK's options leave out of its own function."""
        (function,) = (
            child
            for child in cdk.Stack.of(self).node.find_all()
            if isinstance(child, lambda_.CfnFunction)
        )
        function.dead_letter_config = lambda_.CfnFunction.DeadLetterConfigProperty(
            target_arn=self._queue_arn
        )
        function.reserved_concurrent_executions = 2
        function.kms_key_arn = self._place.key_arn
        function.function_name = self._role.name
        acknowledge(
            function,
            "AwsSolutions-L1",
            reason=(
                "The function's code and the AWS command line it uses are part of aws-cdk-lib,"
                " which tests them on this runtime, supported by Lambda until 2029; a newer one"
                " comes with a newer aws-cdk-lib."
            ),
        )
