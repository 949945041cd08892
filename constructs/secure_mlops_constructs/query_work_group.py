"""A work group of Athena whose results are under one key, at one place, and whose queries end."""

from __future__ import annotations

import aws_cdk as cdk
from aws_cdk import aws_athena as athena
from constructs import Construct

ENGINE = "Athena engine version 3"


class QueryWorkGroup(Construct):
    """A work group for queries that a service starts.

    A query that reads more than `bytes_scanned` ends. With `enforced` place and key override those
    of a query's start. Deleting it takes the record of its queries along, not their results.
    """

    def __init__(
        self,
        scope: Construct,
        construct_id: str,
        *,
        name: str,
        results: str,
        key_arn: str,
        bytes_scanned: int,
        enforced: bool,
    ) -> None:
        super().__init__(scope, construct_id)
        self.group = athena.CfnWorkGroup(
            self,
            "Group",
            name=name,
            description="Queries whose results are batches",
            recursive_delete_option=True,
            state="ENABLED",
            work_group_configuration=athena.CfnWorkGroup.WorkGroupConfigurationProperty(
                bytes_scanned_cutoff_per_query=bytes_scanned,
                enforce_work_group_configuration=enforced,
                engine_version=athena.CfnWorkGroup.EngineVersionProperty(
                    selected_engine_version=ENGINE
                ),
                publish_cloud_watch_metrics_enabled=True,
                requester_pays_enabled=False,
                result_configuration=athena.CfnWorkGroup.ResultConfigurationProperty(
                    encryption_configuration=athena.CfnWorkGroup.EncryptionConfigurationProperty(
                        encryption_option="SSE_KMS", kms_key=key_arn
                    ),
                    expected_bucket_owner=cdk.Stack.of(self).account,
                    output_location=results,
                ),
            ),
        )
