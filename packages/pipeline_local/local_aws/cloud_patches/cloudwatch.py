"""Patches of moto's CloudWatch: alarms of other alarms, and tags."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

from pipeline_local.local_aws.moto_patches import around, put

if TYPE_CHECKING:
    from collections.abc import Callable

_NAMED = re.compile(r"\b(?:ALARM|OK|INSUFFICIENT_DATA)\(\s*[\"']?([^\"')]+?)[\"']?\s*\)")


def install() -> None:
    """Apply all patches below."""
    alarms_of_alarms_are_made()
    alarms_of_others_stay()
    dashboards_have_tags()
    tags_go_with_what_has_them()


def alarms_of_alarms_are_made() -> None:
    """Answer PutCompositeAlarm, which moto does not know, and refuse alarms that are not there."""
    from moto.cloudwatch.exceptions import ValidationError
    from moto.cloudwatch.responses import CloudWatchResponse

    def composite(self: Any) -> Any:
        known = self.cloudwatch_backend.alarms
        missing = [name for name in _named_in(self._get_param("AlarmRule")) if name not in known]
        if missing:
            raise ValidationError(
                f"Could not save the composite alarm as alarms [{', '.join(missing)}] "
                "in the alarm rule do not exist"
            )
        return self.put_metric_alarm()

    put(CloudWatchResponse, "put_composite_alarm", composite)


def alarms_of_others_stay() -> None:
    """Refuse to delete an alarm that an alarm of others names; moto deletes it."""
    from moto.cloudwatch.exceptions import ValidationError
    from moto.cloudwatch.models import CloudWatchBackend

    def delete(known: Callable[..., Any], self: Any, alarm_names: list[str]) -> None:
        others = [each for each in self.alarms.values() if each.name not in alarm_names]
        needed = {name for each in others if each.rule for name in _named_in(each.rule)}
        for name in alarm_names:
            if name in needed:
                words = f"Cannot delete {name} as there are composite alarm(s) depending on it."
                raise ValidationError(words)
        known(self, alarm_names)

    around(CloudWatchBackend, "delete_alarms", delete)


def dashboards_have_tags() -> None:
    """Tag a dashboard; moto tags alarms only."""
    from moto.cloudwatch.models import CloudWatchBackend

    def tag(known: Callable[..., Any], self: Any, arn: str, tags: dict[str, str]) -> None:
        if arn in {each.arn for each in self.dashboards.values()}:
            self.tagger.tag_resource(arn, self.tagger.convert_dict_to_tags_input(tags))
        else:
            known(self, arn, tags)

    around(CloudWatchBackend, "tag_resource", tag)


def tags_go_with_what_has_them() -> None:
    """Forget the tags of what is deleted; moto gives them to the next one of the same name."""
    from moto.cloudwatch.models import CloudWatchBackend

    def forget(operation: str, owners: str, arn: str) -> None:
        def delete(known: Callable[..., Any], self: Any, names: list[str]) -> Any:
            found = [each for name, each in getattr(self, owners).items() if name in names]
            answer = known(self, names)
            for each in found:
                self.tagger.delete_all_tags_for_resource(getattr(each, arn))
            return answer

        around(CloudWatchBackend, operation, delete)

    forget("delete_alarms", "alarms", "alarm_arn")
    forget("delete_dashboards", "dashboards", "arn")


def _named_in(rule: str) -> list[str]:
    """Return the names of alarms in a rule, which may also be ARNs."""
    return [name.rpartition(":alarm:")[2] for name in _NAMED.findall(rule)]
