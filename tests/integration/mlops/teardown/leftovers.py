"""One leftover of every kind, made through boto3 as somebody would make it by hand."""

from __future__ import annotations

import io
import json
import zipfile
from typing import TYPE_CHECKING, Any

from mlops_contract.names import ENVIRONMENT_TAG
from tests.integration.mlops.teardown.leftover_lookups import look_ups

if TYPE_CHECKING:
    from pipeline_local.aws import Aws

PREFIX, REGION = "secure-mlops-dev", "eu-central-1"
TAG = {"Key": ENVIRONMENT_TAG, "Value": "dev"}
TRUST = json.dumps(
    {
        "Version": "2012-10-17",
        "Statement": [
            {
                "Effect": "Allow",
                "Action": "sts:AssumeRole",
                "Principal": {"Service": ["codepipeline.amazonaws.com", "lambda.amazonaws.com"]},
            }
        ],
    }
)
ANYTHING = json.dumps(
    {
        "Version": "2012-10-17",
        "Statement": [{"Effect": "Allow", "Action": "s3:GetObject", "Resource": "*"}],
    }
)


def make(aws: Aws) -> dict[str, str]:
    """Make one of each; return their names by kind."""
    return {
        **_identities(aws),
        **_network(aws),
        **look_ups(aws, f"{PREFIX}-left"),
        **_deliveries(aws),
        **_models(aws),
        **_events(aws),
        **_logs_and_data(aws),
        **_functions(aws),
        **_catalog(aws),
    }


def _role(aws: Aws, name: str = f"{PREFIX}-left") -> str:
    return f"arn:aws:iam::{aws.account}:role/{name}"


def _identities(aws: Aws) -> dict[str, str]:
    iam, kms = aws.client("iam"), aws.client("kms")
    policy = iam.create_policy(PolicyName=f"{PREFIX}-left", PolicyDocument=ANYTHING)["Policy"]
    iam.create_role(RoleName=f"{PREFIX}-left", AssumeRolePolicyDocument=TRUST)
    iam.attach_role_policy(RoleName=f"{PREFIX}-left", PolicyArn=policy["Arn"])
    iam.put_role_policy(RoleName=f"{PREFIX}-left", PolicyName="own", PolicyDocument=ANYTHING)
    key = kms.create_key(Tags=[{"TagKey": TAG["Key"], "TagValue": "dev"}])["KeyMetadata"]["KeyId"]
    kms.create_alias(AliasName=f"alias/{PREFIX}-left", TargetKeyId=key)
    kms.create_key(Tags=[{"TagKey": TAG["Key"], "TagValue": "prod"}])
    return {
        "role": f"{PREFIX}-left",
        "managed policy": f"{PREFIX}-left",
        "key": key,
        "key alias": f"alias/{PREFIX}-left",
    }


def _network(aws: Aws) -> dict[str, str]:
    ec2 = aws.client("ec2")

    def tags(kind: str) -> list[dict[str, Any]]:
        return [{"ResourceType": kind, "Tags": [TAG]}]

    vpc = ec2.create_vpc(CidrBlock="10.9.0.0/16", TagSpecifications=tags("vpc"))["Vpc"]["VpcId"]
    request = {"CidrBlock": "10.9.1.0/24", "TagSpecifications": tags("subnet")}
    subnet = ec2.create_subnet(VpcId=vpc, **request)["Subnet"]["SubnetId"]
    request = {"VpcId": vpc, "TagSpecifications": tags("security-group")}
    group = ec2.create_security_group(GroupName="left", Description="left", **request)["GroupId"]
    table = ec2.create_route_table(VpcId=vpc, TagSpecifications=tags("route-table"))
    endpoint = ec2.create_vpc_endpoint(
        VpcId=vpc,
        ServiceName=f"com.amazonaws.{REGION}.s3",
        TagSpecifications=tags("vpc-endpoint"),
    )
    options = ec2.create_dhcp_options(
        DhcpConfigurations=[{"Key": "domain-name", "Values": ["left"]}]
    )["DhcpOptions"]["DhcpOptionsId"]
    ec2.create_tags(Resources=[options], Tags=[TAG])
    aws.client("s3").create_bucket(
        Bucket=f"flow-logs-{aws.account}",
        CreateBucketConfiguration={"LocationConstraint": "eu-central-1"},
    )
    flows = ec2.create_flow_logs(
        ResourceIds=[vpc],
        ResourceType="VPC",
        TrafficType="ALL",
        LogDestinationType="s3",
        LogDestination=f"arn:aws:s3:::flow-logs-{aws.account}",
        TagSpecifications=tags("vpc-flow-log"),
    )
    interface = ec2.create_network_interface(SubnetId=subnet, Groups=[group])
    return {
        "VPC": vpc,
        "subnet": subnet,
        "security group": group,
        "route table": table["RouteTable"]["RouteTableId"],
        "endpoint": endpoint["VpcEndpoint"]["VpcEndpointId"],
        "DHCP options": options,
        "flow log": flows["FlowLogIds"][0],
        "network interface": interface["NetworkInterface"]["NetworkInterfaceId"],
    }


def _deliveries(aws: Aws) -> dict[str, str]:
    aws.client("codecommit").create_repository(repositoryName="secure-mlops")
    packages, builds = aws.client("codeartifact"), aws.client("codebuild")
    domain = f"{PREFIX}-packages"
    packages.create_domain(domain=domain)
    packages.create_repository(domain=domain, repository="pypi-store")
    packages.create_package_group(domain=domain, packageGroup="/pypi/*")
    packages.create_domain(domain="of-somebody-else")
    for name in (f"{PREFIX}-left", "of-somebody-else"):
        builds.create_project(
            name=name,
            source={"type": "S3", "location": "bucket/source.zip"},
            artifacts={"type": "NO_ARTIFACTS"},
            environment={
                "type": "LINUX_CONTAINER",
                "image": "aws/codebuild/standard:7.0",
                "computeType": "BUILD_GENERAL1_SMALL",
            },
            serviceRole=_role(aws),
        )
    build = builds.start_build(projectName=f"{PREFIX}-left")["build"]["id"]
    reports = {"exportConfigType": "NO_EXPORT"}
    builds.create_report_group(name=f"{PREFIX}-left", type="TEST", exportConfig=reports)
    place = {"type": "S3", "location": "bucket"}
    action = {"category": "Source", "owner": "AWS", "provider": "S3", "version": "1"}
    deploy = {"category": "Deploy", "owner": "AWS", "provider": "S3", "version": "1"}
    aws.client("codepipeline").create_pipeline(
        pipeline={
            "name": f"{PREFIX}-left",
            "roleArn": _role(aws),
            "artifactStore": place,
            "stages": [
                {"name": "Source", "actions": [{"name": "Source", "actionTypeId": action}]},
                {"name": "Deploy", "actions": [{"name": "Deploy", "actionTypeId": deploy}]},
            ],
        }
    )
    return {
        "source repository": "secure-mlops",
        "package domain": domain,
        "package repository": f"{domain}/pypi-store",
        "package group": f"{domain}/pypi/*",
        "build project": f"{PREFIX}-left",
        "build record": build,
        "report group": f"{PREFIX}-left",
        "delivery pipeline": f"{PREFIX}-left",
    }


def _models(aws: Aws) -> dict[str, str]:
    sagemaker = aws.client("sagemaker")
    group = f"{PREFIX}-left"
    sagemaker.create_model_package_group(ModelPackageGroupName=group)
    version = sagemaker.create_model_package(ModelPackageGroupName=group)["ModelPackageArn"]
    sagemaker.create_pipeline(
        PipelineName=f"{PREFIX}-left",
        PipelineDefinition=json.dumps({"Version": "2020-12-01", "Steps": []}),
        ClientRequestToken="a" * 32,
        RoleArn=_role(aws),
    )
    sagemaker.create_model(ModelName="pipelines-abc-CreateModel-x", ExecutionRoleArn=_role(aws))
    sagemaker.create_model(ModelName="of-somebody-else", ExecutionRoleArn=_role(aws, "other"))
    return {
        "model package group": group,
        "model package": version,
        "SageMaker pipeline": f"{PREFIX}-left",
        "SageMaker model": "pipelines-abc-CreateModel-x",
    }


def _events(aws: Aws) -> dict[str, str]:
    events, scheduler, watch = (aws.client(name) for name in ("events", "scheduler", "cloudwatch"))
    events.create_event_bus(Name=PREFIX)
    pattern = json.dumps({"source": ["left"]})
    events.put_rule(Name="by-hand", EventBusName=PREFIX, EventPattern=pattern)
    events.put_targets(
        Rule="by-hand", EventBusName=PREFIX, Targets=[{"Id": "1", "Arn": _role(aws)}]
    )
    events.put_rule(Name="of-somebody-else", EventPattern=pattern)
    scheduler.create_schedule_group(Name=PREFIX)
    scheduler.create_schedule(
        Name="left",
        GroupName=PREFIX,
        ScheduleExpression="rate(1 day)",
        FlexibleTimeWindow={"Mode": "OFF"},
        Target={
            "Arn": f"arn:aws:sagemaker:{REGION}:{aws.account}:pipeline/{PREFIX}-left",
            "RoleArn": _role(aws),
        },
    )
    watch.put_metric_alarm(
        AlarmName=f"{PREFIX}-left",
        Namespace="secure-mlops/dev",
        MetricName="Violations",
        Statistic="Sum",
        Period=60,
        EvaluationPeriods=1,
        Threshold=1.0,
        ComparisonOperator="GreaterThanThreshold",
    )
    watch.put_dashboard(DashboardName=PREFIX, DashboardBody=json.dumps({"widgets": []}))
    aws.client("sns").create_topic(Name=f"{PREFIX}-left")
    aws.client("sqs").create_queue(QueueName=f"{PREFIX}-left")
    return {
        "event bus": PREFIX,
        "rule": f"{PREFIX}|by-hand",
        "schedule": "left",
        "schedule group": PREFIX,
        "alarm": f"{PREFIX}-left",
        "dashboard": PREFIX,
        "topic": f"{PREFIX}-left",
        "queue": f"{PREFIX}-left",
    }


def _logs_and_data(aws: Aws) -> dict[str, str]:
    logs, glue = aws.client("logs"), aws.client("glue")
    group = f"/aws/lambda/{PREFIX}-left"
    logs.create_log_group(logGroupName=group)
    logs.create_log_group(logGroupName="/aws/sagemaker/TrainingJobs")
    logs.put_metric_filter(
        logGroupName="/aws/sagemaker/TrainingJobs",
        filterName=f"{PREFIX}-left",
        filterPattern="Traceback",
        metricTransformations=[
            {"metricName": "Errors", "metricNamespace": "secure-mlops/dev", "metricValue": "1"}
        ],
    )
    aws.client("ssm").put_parameter(Name="/secure-mlops/dev/a/left", Type="String", Value="1")
    aws.client("ssm").put_parameter(Name="/secure-mlops/prod/a", Type="String", Value="1")
    aws.client("s3").create_bucket(
        Bucket=f"{PREFIX}-left", CreateBucketConfiguration={"LocationConstraint": "eu-central-1"}
    )
    glue.create_database(DatabaseInput={"Name": "secure_mlops_dev"})
    glue.create_table(DatabaseName="secure_mlops_dev", TableInput={"Name": "left"})
    return {
        "log group": group,
        "metric filter": f"/aws/sagemaker/TrainingJobs {PREFIX}-left",
        "SSM parameter": "/secure-mlops/dev/a/left",
        "bucket": f"{PREFIX}-left",
        "database": "secure_mlops_dev",
        "table": "secure_mlops_dev.left",
    }


def _catalog(aws: Aws) -> dict[str, str]:
    catalog, athena = aws.client("servicecatalog"), aws.client("athena")
    catalog.create_portfolio(DisplayName=PREFIX, ProviderName="left", IdempotencyToken="a")
    template = {"Info": {"LoadTemplateFromURL": "https://example.com/t.json"}, "Name": "1"}
    catalog.create_product(
        Name=f"{PREFIX}-project",
        Owner="left",
        ProductType="CLOUD_FORMATION_TEMPLATE",
        ProvisioningArtifactParameters={**template, "Type": "CLOUD_FORMATION_TEMPLATE"},
        IdempotencyToken="b",
    )
    athena.create_work_group(Name=f"{PREFIX}-left", Description="", Configuration={})
    return {
        "portfolio": PREFIX,
        "product": f"{PREFIX}-project",
        "work group": f"{PREFIX}-left",
    }


def _functions(aws: Aws) -> dict[str, str]:
    content = io.BytesIO()
    with zipfile.ZipFile(content, "w") as archive:
        archive.writestr("main.py", "def handler(event, context): ...")
    client = aws.client("lambda")
    client.create_function(
        FunctionName=f"{PREFIX}-left",
        Runtime="python3.12",
        Handler="main.handler",
        Role=_role(aws),
        Code={"ZipFile": content.getvalue()},
    )
    client.publish_layer_version(
        LayerName=f"{PREFIX}-left", Content={"ZipFile": content.getvalue()}
    )
    return {"function": f"{PREFIX}-left", "layer version": f"{PREFIX}-left:1"}
