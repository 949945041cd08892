"""Patches of moto's FilterLogEvents: what a request asks for is read, or refused by name."""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING, Any

from pipeline_local.local_aws.cloud_patches.logs_jobs import with_streams
from pipeline_local.local_aws.moto_patches import around

if TYPE_CHECKING:
    from collections.abc import Callable

# The patterns that moto reads; of others it returns every event.
_READ = re.compile(r'[A-Za-z_][\w ]*|"[^"]*"')
_READ_OTHERWISE = ("logGroupIdentifier", "logStreamNamePrefix")


def install() -> None:
    """Apply the patch below."""
    events_are_filtered_as_asked()


def events_are_filtered_as_asked() -> None:
    """Honour the group's ARN and the prefix of streams, which moto ignores; refuse patterns."""
    from moto.logs.exceptions import InvalidParameterException, ResourceNotFoundException
    from moto.logs.responses import LogsResponse

    def filtered(known: Callable[..., Any], self: Any) -> Any:
        asked = json.loads(self.body or "{}")
        pattern = asked.get("filterPattern") or ""
        if pattern and not _READ.fullmatch(pattern):
            raise InvalidParameterException(
                f"filterPattern {pattern!r}: the local AWS reads words, all of which occur, or "
                "one quoted phrase"
            )
        for one, other in (
            ("logGroupName", "logGroupIdentifier"),
            ("logStreamNames", "logStreamNamePrefix"),
        ):
            if one in asked and other in asked:
                raise InvalidParameterException(f"give {one} or {other}, not both")
        if not asked.keys() & set(_READ_OTHERWISE):
            return known(self)
        given = asked.pop("logGroupIdentifier", asked.get("logGroupName", ""))
        own = f":logs:{self.region}:{self.current_account}"
        place, _, name = given.partition(":log-group:")
        if name and not place.endswith(own):
            raise ResourceNotFoundException(f"{given}: only log groups{own} are here")
        group = asked["logGroupName"] = name or given
        if prefix := asked.pop("logStreamNamePrefix", ""):
            with with_streams(self.logs_backend, group):
                found = self.logs_backend.groups.get(group)
                streams = [
                    name for name in (found.streams if found else ()) if name.startswith(prefix)
                ]
            # Without names, moto searches all.
            asked["logStreamNames"] = streams or [prefix]
        before, self.body = self.body, json.dumps(asked)
        try:
            return known(self)
        finally:
            self.body = before

    around(LogsResponse, "filter_log_events", filtered)
