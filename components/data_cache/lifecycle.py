"""What DataCaches add to the lifecycle: one copy of a DataCache in one destination region.

Property names below are stored in the state of every stack: they are an API.
"""

from collections.abc import Mapping, Set
from typing import Any

from typing_extensions import override

from components.clouds import endpoints
from components.clouds.account import OWNER
from components.clouds.alibaba.connection import Connection
from components.clouds.alibaba.eci import Eci
from components.clouds.alibaba.eci_data_cache import DataCache
from components.clouds.copies import Phase
from components.clouds.errors import ReplicaError
from components.data_cache import fields
from components.data_cache.fields import SETTINGS
from components.data_cache.reload import RELOADING, completed
from components.lifecycle import tag_drift
from components.lifecycle.copy_lifecycle import AdoptionRefused
from components.lifecycle.copy_part import InPlace
from components.lifecycle.copy_rows import CopyRows
from components.lifecycle.results import MASKED, UNSEEN, Properties, Started
from components.lifecycle.tagged_copy import TaggedCopyLifecycle, all_tags
from components.model.field import Change, Violation, named
from components.model.tag_rules import is_reserved

DEFAULT_BUCKET = "default"

SENT_BY_COPY = tuple(
    name
    for name in named(fields.SETTINGS, Change.IN_PLACE) + named(fields.SETTINGS, Change.REPLACES)
    if name not in {"tags", *RELOADING}
)
"""Settings that CopyDataCache takes under the names of the SDK's request."""


class DataCacheLifecycle(TaggedCopyLifecycle):
    """One DataCache copy."""

    thing = "DataCache"
    config_keys = (*endpoints.CONFIG_KEYS, *Connection.config_keys)
    fields = fields.SETTINGS
    output_only = (
        *("accepted_at", "retention_sent_at", "reload_sent_at", "failure", "update_failure"),
        *(*OWNER, MASKED, UNSEEN),
    )

    cloud: Eci

    @override
    def connect(self, config: Properties) -> None:
        self.cloud = Eci(Connection.from_config("eci", config))

    @override
    def violations(self, inputs: Properties) -> list[Violation]:
        return fields.violations(inputs)

    @override
    def complete(self, inputs: dict[str, Any]) -> None:
        if isinstance(inputs.get("reload"), Mapping):
            inputs["reload"] = completed(inputs["reload"])
        inputs.setdefault("bucket", DEFAULT_BUCKET)
        inputs.setdefault("tags", {})

    @override
    def start(self, inputs: Properties) -> Started:
        """Start the copy; the same token on every attempt makes it one copy."""

        def copy() -> str:
            return self.cloud.copy_data_cache(
                source_region=inputs["source_region"],
                source_id=inputs["source_id"],
                region=inputs["region"],
                client_token=inputs["copy_token"],
                tags=all_tags(inputs),
                settings={name: inputs[name] for name in SENT_BY_COPY if name in inputs},
            )

        copy_id = self.started_once(inputs, copy)
        return Started(copy_id, self.outputs_of(inputs, accepted_at=self.clock()))

    @override
    def outputs_of(self, inputs: Properties, *, accepted_at: float) -> dict[str, Any]:
        unsent = {"retention_sent_at": 0, "reload_sent_at": 0, "update_failure": ""}
        return {**super().outputs_of(inputs, accepted_at=accepted_at), **unsent}

    @override
    def verify_what_was_found(self, id_: str, found: DataCache, inputs: Properties) -> None:
        if inputs.get("path", found.path) != found.path:
            raise AdoptionRefused(
                f"adopting DataCache {id_} in {inputs['region']}: its path is {found.path!r}, declared is "
                f"{inputs['path']!r}, and a path cannot be changed",
                "declare its path, or remove existing_id to make a copy instead",
            )

    @override
    def adopted_with(self, inputs: Properties) -> Set[str]:
        """Return what an adoption sends; it reloads nothing."""
        return super().adopted_with(inputs) - set(RELOADING)

    @override
    def observed(self, props: Properties, found: DataCache) -> dict[str, Any]:
        return observed(props, found)

    @override
    def send(self, change: InPlace) -> None:
        """Send what changed in one UpdateDataCache; what is no longer declared leaves nothing to send."""
        news = change.news
        sent = {name: news[name] for name in change.changed & news.keys() - {"tags"}}
        if change.changed <= set(RELOADING) and not sent:
            return
        # The references disagree on whether Name is required, and give Bucket a default: both are always sent.
        always = {name: news.get(name) for name in ("name", "bucket")}
        reload = sent.pop("reload", None)
        self.cloud.update_data_cache(
            change.region,
            change.id,
            client_token=change.token,
            settings={**always, **sent},
            tags={**self._tags_of_others(change), **all_tags(news)},
            reload=reload,
        )

    def _tags_of_others(self, change: InPlace) -> dict[str, str]:
        """Return the ignored tags that the copy has: the reference does not say whether an update keeps them."""
        there = self.tags_there(change) if change.news.get("ignore_tags") else {}
        return tag_drift.ignored(there, change.news, is_reserved)

    @override
    def sent(self, outputs: dict[str, Any], changed: Set[str]) -> None:
        now = int(self.clock())
        outputs["update_failure"] = ""
        if "retention_days" in changed:
            outputs["retention_sent_at"] = now
        if changed & outputs.keys() & set(RELOADING):
            outputs["reload_sent_at"] = now

    @override
    def to_send_again(self, olds: Properties) -> Set[str]:
        return set(RELOADING) if olds.get("update_failure") else set()

    @override
    def only_recorded_now(self, olds: Properties) -> Set[str]:
        """Return masked reloads: a creation sends neither size nor reload, so a repaired one has not lost them."""
        return set(olds.get(MASKED) or ()) & set(RELOADING)

    @override
    def warn_after_update(self, change: InPlace, olds: Properties) -> None:
        """Report which tags stay: the reference does not say whether the tags of an update replace the others."""
        removed = set(self.comparable(olds, change.news).get("tags", {})) - set(change.news.get("tags", {}))
        try:
            cache = self.look(change.id, change.news) if removed else None
        except ReplicaError:
            return  # the update was accepted and must be recorded, or it would be sent, and paid for, again
        if isinstance(cache, DataCache) and (staying := sorted(removed & cache.tags.keys())):
            print(
                f"warning: {change.news.get('name')}: {change.id} in {change.region} keeps the tags "
                f"{', '.join(staying)}. Next: remove them in the console.",
                flush=True,
            )

    @override
    def request_deletion(self, id_: str, props: Properties, token: str) -> None:
        self.cloud.delete_data_cache(props["region"], id_, client_token=token)

    @override
    def expires(self, props: Properties) -> float | None:
        return expiry(props)

    @override
    def group(self, props: Properties) -> str:
        """Return the bucket."""
        return str(props.get("bucket", ""))


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
    seen["tags"] = tag_drift.seen(cache.tags, props, is_reserved)
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


ROWS = CopyRows(DataCacheLifecycle)
