"""What of a DataCache counts as drift, and when it expires. Nothing here asks a cloud.

Property names below are stored in the state of every stack: they are an API.
"""

from collections.abc import Mapping
from typing import Any

from components.clouds.alibaba.eci_data_cache import DataCache
from components.clouds.copies import Phase
from components.data_cache.fields import REPLICA_TAG, SETTINGS


def expiry(properties: Mapping[str, Any]) -> float | None:
    """Return when a copy expires at the latest (Unix seconds), None for never."""
    days = properties.get("retention_days")
    if days is None:
        return None
    since = max(float(properties.get("accepted_at") or 0), float(properties.get("retention_sent_at") or 0))
    return since + float(days) * 86400


def observed(props: Mapping[str, Any], cache: DataCache) -> dict[str, Any]:
    """Read from the cloud what is declared and can change there; nothing else is watched."""
    answers = {name: cache.answer.get(field.answer) for name, field in SETTINGS.items() if field.answer}
    seen = {name: answer for name, answer in answers.items() if name in props and answer}
    wanted = props.get("tags", {})
    seen["tags"] = {
        key: value
        for key, value in cache.tags.items()
        if key in wanted or (key != REPLICA_TAG and not key.lower().startswith(("acs:", "aliyun")))
    }
    if _retention_drifted(props, cache):
        seen["retention_days"] = None
        if cache.expires and cache.created:
            seen["retention_days"] = max(1, round((cache.expires - cache.created).total_seconds() / 86400))
    return {**seen, "update_failure": _update_failure(props, cache)}


def _update_failure(props: Mapping[str, Any], cache: DataCache) -> str:
    """Return why the last reload failed, as far as it can be sent again; "" for what has not failed.

    A size that the copy has already loads nothing, so it alone cannot make up for a reload that is declared no more.
    """
    can_be_sent = "reload" in props or float(props.get("size") or 0) > cache.size_gib
    return (cache.reason or cache.status) if cache.state.phase is Phase.OUTDATED and can_be_sent else ""


def _retention_drifted(props: Mapping[str, Any], cache: DataCache) -> bool:
    """Report whether the expiry differs from the declared retention by a day or more.

    The reference does not say whether an update counts from its own moment or from the creation: both are accepted.
    """
    days = props.get("retention_days")
    usable = cache.state.phase in {Phase.USABLE, Phase.OUTDATED}
    if days is None or cache.created is None or cache.unreadable_expiry or not usable:
        return False  # the cloud may not give an expiry before the copy is usable
    if cache.expires is None:
        return True
    starts = {cache.created.timestamp(), float(props.get("retention_sent_at") or cache.created.timestamp())}
    return all(abs(cache.expires.timestamp() - start - float(days) * 86400) >= 23 * 3600 for start in starts)
