"""What the state of a copy holds, how declarations compare, and what of the cloud counts as drift.

Property names below are stored in the state of every stack: they are an API. Nothing here asks a cloud.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from components.clouds.alibaba.eci_data_cache import DataCache
from components.clouds.copies import Phase
from components.data_cache.rules import REPLICA_TAG
from components.lifecycle.copy_state import MASKED, declared

IDENTITY = ("source_region", "source_id", "region", "path")
"""What a copy is: a change makes another copy."""

IN_PLACE = ("name", "bucket", "retention_days", "resource_group_id", "tags")
"""What UpdateDataCache changes at once."""

OUTPUT_ONLY = ("accepted_at", "retention_sent_at", "reload_sent_at", "failure", "update_failure", MASKED)


def outputs_of(inputs: Mapping[str, Any], *, accepted_at: float) -> dict[str, Any]:
    """Build the outputs of a copy that was accepted at `accepted_at` (Unix seconds)."""
    return {
        **declared(inputs),
        "accepted_at": int(accepted_at),
        "retention_sent_at": 0,
        "reload_sent_at": 0,
        "failure": "",
        "update_failure": "",
    }


def expiry(properties: Mapping[str, Any]) -> float | None:
    """Return when a copy expires at the latest (Unix seconds), None for never."""
    days = properties.get("retention_days")
    if days is None:
        return None
    since = max(float(properties.get("accepted_at") or 0), float(properties.get("retention_sent_at") or 0))
    return since + float(days) * 86400


def all_tags(inputs: Mapping[str, Any]) -> dict[str, str]:
    """Return the declared tags and the one that marks the copy."""
    return {**inputs.get("tags", {}), REPLICA_TAG: inputs["copy_token"]}


def observed(props: Mapping[str, Any], cache: DataCache) -> dict[str, Any]:
    """Take from the cloud what is declared and can change there; what is not declared is not ours to watch."""
    seen: dict[str, Any] = {
        key: value
        for key, value in (
            ("name", cache.name),
            ("bucket", cache.bucket),
            ("resource_group_id", cache.resource_group_id),
        )
        if key in props and value
    }
    wanted = props.get("tags", {})
    seen["tags"] = {
        key: value
        for key, value in cache.tags.items()
        if key in wanted or (key != REPLICA_TAG and not key.lower().startswith(("acs:", "aliyun")))
    }
    if retention_drifted(props, cache):
        seen["retention_days"] = None
        if cache.expires and cache.created:
            seen["retention_days"] = max(1, round((cache.expires - cache.created).total_seconds() / 86400))
    return {**seen, "update_failure": update_failure(props, cache)}


def update_failure(props: Mapping[str, Any], cache: DataCache) -> str:
    """Tell why the last reload failed, as far as it can be sent again; "" for what has not failed.

    A size that the copy has already loads nothing, so it alone cannot make up for a reload that is declared no more.
    """
    can_be_sent = "reload" in props or float(props.get("size") or 0) > cache.size_gib
    return (cache.reason or cache.status) if cache.state.phase is Phase.OUTDATED and can_be_sent else ""


def retention_drifted(props: Mapping[str, Any], cache: DataCache) -> bool:
    """Tell whether the expiry differs from the declared retention by a day or more.

    The reference does not say whether an update counts from its own moment or from the creation: both are accepted.
    """
    days = props.get("retention_days")
    usable = cache.state.phase in {Phase.USABLE, Phase.OUTDATED}
    if days is None or cache.created is None or cache.unreadable_expiry or not usable:
        return False  # an expiry may not be told before the copy is usable
    if cache.expires is None:
        return True
    starts = {cache.created.timestamp(), float(props.get("retention_sent_at") or cache.created.timestamp())}
    return all(abs(cache.expires.timestamp() - start - float(days) * 86400) >= 23 * 3600 for start in starts)
