"""Alarms on the platform, and notifications of people."""

from __future__ import annotations

from typing import TYPE_CHECKING

from aws_cdk import aws_logs as logs

from environments import monitoring as kinds
from secure_mlops_constructs.acknowledgments import acknowledge
from secure_mlops_constructs.alert_rule import AlertRule
from secure_mlops_constructs.alerts_topic import AlertsTopic
from secure_mlops_constructs.dashboard import Dashboard
from secure_mlops_constructs.dead_letters import rule_dead_letters
from secure_mlops_constructs.service_role import ServiceRole
from secure_mlops_constructs.watched_part import Figure, WatchedPart
from stacks import keys, lookups, resource_names, roles, runbook
from stacks.alarms import pipeline_records, platform_record
from stacks.base import EnvironmentStack, EnvironmentStage
from stacks.dashboard_rows import dashboard_rows
from stacks.messages import Messages
from stacks.project_product import ALARM as PROJECT_ALARM
from stacks.runbook import section
from stacks.statements import allow

if TYPE_CHECKING:
    from collections.abc import Sequence

    from constructs import Construct

    from secure_mlops_constructs.watched_part import AlarmRecord
    from stacks.messages import Notification

# The fields of a flow log's line; the last but one says what became of the traffic (VPC User
# Guide, "Flow log records", version 2).
REFUSED_TRAFFIC = (
    "[version, account, interface, source, destination, source_port, destination_port, protocol,"
    " packets, bytes, start, end, action=REJECT, status]"
)
# Lines of the resolver's log: blocked, or let through while the firewall only watches (Route 53
# Developer Guide, "Values that appear in VPC Resolver query logs").
UNLISTED_LOOK_UPS = '{ ($.firewall_rule_action = "BLOCK") || ($.firewall_rule_action = "ALERT") }'
# What SDKs and services write when IAM, a resource's policy or an endpoint's refuses a call.
REFUSED_CALLS = '?AccessDenied ?AccessDeniedException ?"is not authorized to perform"'


class MonitoringStack(EnvironmentStack):
    """Alarms on all other stacks, the topic, the rules that publish to it, and a dashboard."""

    def __init__(self, stage: EnvironmentStage) -> None:
        super().__init__(stage, "Monitoring", "Alarms, alerts and dashboard")
        settings = stage.settings
        self._dead_letters = rule_dead_letters(
            self,
            f"{self.names.prefix}-notifications",
            self.key_arns[keys.NOTIFICATIONS],
            self.rules_arn,
        )
        self._topic = AlertsTopic(
            self,
            "Alerts",
            topic_name=self.names.alerts_topic,
            display_name=self.names.alerts_topic,
            key_arn=self.key_arns[keys.NOTIFICATIONS],
            addresses=settings.notification_addresses,
        )
        self._publisher = self._publishing(self.key_arns[keys.NOTIFICATIONS])
        self._messages = Messages(settings, self.partition)
        by_pipeline = {
            pipeline.name: pipeline_records(
                self.names, pipeline, self.projects.limits(pipeline.name)
            )
            for pipeline in stage.pipelines
        }
        for name, records in by_pipeline.items():
            self._watch(name, records, runbook.PIPELINE)
        self._count_refusals(stage)
        platform = self._platform_records(stage)
        self._watch(kinds.PLATFORM, platform, runbook.PLATFORM)
        self._notify(self._messages.step_failed())
        self._notify(self._messages.run_stopped())
        if settings.project_template is not None:
            self._notify(self._messages.project_alarm(PROJECT_ALARM))
        if resource_names.build_projects(stage):
            self._notify(self._messages.build_failed())
        if resource_names.deliveries(stage):
            self._notify(self._messages.delivery_failed())
        Dashboard(
            self,
            "Dashboard",
            name=self.names.prefix,
            region=self.region,
            rows=dashboard_rows(self, stage.pipelines, by_pipeline, platform),
        )
        acknowledge(
            self,
            *(f"{pack}-CloudWatchAlarmAction" for pack in ("NIST.800.53.R5", "HIPAA.Security")),
            reason=(
                "Alarms act through the composite one above them, whose changes a rule tells in"
                " words: several causes make one message that a person can read."
            ),
        )
        self.publish({"topic/alerts": self._topic.topic.topic_arn})

    def _publishing(self, key_arn: str) -> ServiceRole:
        """Make the role that rules publish with; SNS encrypts with its rights."""
        return ServiceRole(
            self,
            roles.TELLER,
            role_name=self.names.role(roles.TELLER),
            service="events.amazonaws.com",
            description="EventBridge rules: tell people",
            statements=[
                allow("Tell", ["sns:Publish"], self._topic.topic.topic_arn),
                allow("EncryptWhatIsTold", ["kms:Decrypt", "kms:GenerateDataKey"], key_arn),
            ],
            sources=[self.rules_arn],
        )

    def _watch(self, part: str, records: Sequence[AlarmRecord], anchor: str) -> None:
        """Make the alarms of a part, and notify when it needs a person."""
        if not records:
            return
        WatchedPart(
            self,
            part,
            name=self.names.alarm(part),
            meaning=f"{part} needs a person",
            runbook=section(anchor),
            records=records,
        )
        for each in self._messages.alarm(part, records, anchor):
            self._notify(each)

    def _notify(self, notification: Notification) -> None:
        AlertRule(
            self,
            f"Tell {notification.name}",
            name=f"{self.names.prefix}-{notification.name}",
            description=notification.description,
            pattern=notification.pattern,
            message=notification.message,
            topic_arn=self._topic.topic.topic_arn,
            role_arn=self._publisher.role.role_arn,
            dead_letters_arn=self._dead_letters.queue_arn,
        ).rule.node.add_dependency(self._topic.policy, self._publisher.policy)

    def _count_refusals(self, stage: Construct) -> None:
        """Make metrics of the refused traffic and calls in our logs."""
        for name in resource_names.log_groups(stage):
            if name.endswith("/flow-logs"):
                self._filter(name, runbook.REJECTED, REFUSED_TRAFFIC)
            elif name.endswith(f"/{lookups.LOG}"):
                self._filter(name, runbook.UNLISTED, UNLISTED_LOOK_UPS)
            else:  # of jobs, functions and builds
                self._filter(name, runbook.DENIED, REFUSED_CALLS)

    def _filter(self, log_group: str, metric: str, pattern: str) -> None:
        logs.CfnMetricFilter(
            self,
            f"{metric} {log_group.replace('/', ' ').strip()}",
            filter_name=f"{self.names.prefix}-{metric}",
            log_group_name=log_group,
            filter_pattern=pattern,
            metric_transformations=[
                logs.CfnMetricFilter.MetricTransformationProperty(
                    metric_namespace=self.names.metrics_namespace,
                    metric_name=metric,
                    metric_value="1",
                    default_value=0,
                    unit="Count",
                )
            ],
        )

    def _platform_records(self, stage: Construct) -> list[AlarmRecord]:
        """List the alarms outside pipelines."""
        limits = self.settings.monitoring.limits(kinds.PLATFORM)
        if not self.settings.network.judges_names:
            limits.pop(kinds.LOOK_UPS, None)
        own = self.names.metrics_namespace

        def figures(kind: str) -> dict[str, Figure]:
            meaning = runbook.MEANINGS[kind]
            if (aws := meaning.aws) is None:
                return {"perimeter": Figure(own, meaning.metric, {}, "Sum")}
            return {
                name: Figure(aws.namespace, aws.name, {aws.dimension: name}, aws.statistic)
                for name in aws.resources(stage)
            }

        return [
            platform_record(
                self.names.alarm(_short(part, self.names.prefix), kind), kind, part, limit, figure
            )
            for kind, limit in limits.items()
            for part, figure in figures(kind).items()
        ]


def _short(name: str, prefix: str) -> str:
    """Shorten the name of a queue or a project to its part."""
    return name.removeprefix(f"{prefix}-").removesuffix("-failed")
