"""DataCacheCopy's part of the lifecycle: one copy of a DataCache in one destination region.

Property names below are stored in the state of every stack: they are an API.
"""

from __future__ import annotations

from collections.abc import Mapping, Set
from typing import Any

from pulumi.dynamic import CreateResult

from components.clouds.alibaba import connection as alibaba
from components.clouds.alibaba.eci import Eci
from components.clouds.alibaba.eci_data_cache import DataCache
from components.clouds.errors import CloudError, ReplicaError
from components.data_cache import state
from components.data_cache.adoption import verify_adoption
from components.data_cache.reload import RELOADING, completed
from components.data_cache.rules import REPLICA_TAG, violations
from components.lifecycle.copy_state import MASKED
from components.lifecycle.lifecycle import (
    OUTCOME_UNKNOWN,
    CopyProvider,
    OutcomeUnknown,
    consistency_seconds,
    pauses_between_looks,
)
from components.model.violations import Violation

DEFAULT_BUCKET = "default"


class DataCacheProvider(CopyProvider):
    """Check, diff, create, read, update and delete one DataCache copy."""

    thing = "DataCache"
    config_keys = ("replicas:loopbackOnly", "replicas:sandbox", "replicas:endpoints", *alibaba.CONFIG_KEYS)
    identity = state.IDENTITY
    in_place = (*state.IN_PLACE, *RELOADING)
    not_removable = dict.fromkeys(("retention_days", "resource_group_id"), "UpdateDataCache cannot unset it")
    output_only = state.OUTPUT_ONLY

    cloud: Eci

    def connect(self, config: Mapping[str, Any]) -> None:
        """See `CopyKind`."""
        self.cloud = Eci(alibaba.Connection.from_config("eci", config))

    def broken_rules(self, inputs: Mapping[str, Any]) -> list[Violation]:
        """See `CopyKind`."""
        return violations(inputs)

    def complete(self, inputs: dict[str, Any]) -> None:
        """See `CopyKind`."""
        if isinstance(inputs.get("reload"), Mapping):
            inputs["reload"] = completed(inputs["reload"])
        inputs.setdefault("bucket", DEFAULT_BUCKET)
        inputs.setdefault("tags", {})

    def start(self, inputs: Mapping[str, Any]) -> CreateResult:
        """Start the copy; the same token on every attempt makes it one copy."""
        try:
            copy_id = self.cloud.copy_data_cache(
                source_region=inputs["source_region"],
                source_id=inputs["source_id"],
                region=inputs["region"],
                client_token=inputs["copy_token"],
                bucket=inputs.get("bucket"),
                path=inputs.get("path"),
                name=inputs.get("name"),
                retention_days=inputs.get("retention_days"),
                resource_group_id=inputs.get("resource_group_id"),
                tags=state.all_tags(inputs),
            )
        except CloudError as error:
            if not error.maybe_done:
                raise
            found = self._find_listed(inputs)
            if not found:
                raise OutcomeUnknown(
                    f"{error.problem}; {OUTCOME_UNKNOWN}",
                    "run the runner's `up`, which looks for it first; without the runner, delete the DataCache tagged "
                    f"{REPLICA_TAG}={inputs['copy_token']} in {inputs['region']} if there is one",
                ) from None
            copy_id = found
        return CreateResult(copy_id, self.outputs_of(inputs, accepted_at=self.clock()))

    def outputs_of(self, inputs: Mapping[str, Any], *, accepted_at: float) -> dict[str, Any]:
        """See `CopyKind`."""
        return state.outputs_of(inputs, accepted_at=accepted_at)

    def find(self, inputs: Mapping[str, Any], *, started: float = 0, recorded: Set[str] = frozenset()) -> str | None:
        """Find the copy that carries these inputs' token: nothing else is needed to tell it from others."""
        del started, recorded
        copies = self.cloud.find_by_tag(
            inputs["region"], REPLICA_TAG, inputs["copy_token"], bucket=inputs.get("bucket")
        )
        return copies[0].id if copies else None

    def _find_listed(self, inputs: Mapping[str, Any]) -> str | None:
        """Find a copy that may just have been accepted, and may be listed late; None where the cloud does not say."""
        pauses = pauses_between_looks()
        until = self.clock() + consistency_seconds()
        while True:
            too_late = self.clock() >= until
            try:
                if found := self.find(inputs):
                    return found
            except ReplicaError:
                return None  # the caller says that the outcome is unknown, which is the more important news
            if too_late:
                return None
            self.sleep(next(pauses))

    def verify_adoption(self, id_: str, found: DataCache, inputs: Mapping[str, Any]) -> None:
        """See `CopyKind`."""
        verify_adoption(id_, found, inputs)

    def adopted_with(self, inputs: Mapping[str, Any]) -> Set[str]:
        """Return what an adoption sends; it loads nothing again."""
        return inputs.keys() & set(state.IN_PLACE)

    def observed(self, props: Mapping[str, Any], found: DataCache) -> dict[str, Any]:
        """See `CopyKind`."""
        return state.observed(props, found)

    def send(self, id_: str, news: Mapping[str, Any], changed: Set[str], token: str) -> None:
        """Send what changed in one UpdateDataCache; what is no longer declared leaves nothing to send."""
        sent = {
            key: news[key]
            for key in ("retention_days", "resource_group_id", *RELOADING)
            if key in changed & news.keys()
        }
        if changed <= set(RELOADING) and not sent:
            return
        self.cloud.update_data_cache(
            news["region"],
            id_,
            client_token=token,
            # The references disagree on whether Name is required, and give Bucket a default: both are always sent.
            name=news.get("name"),
            bucket=news.get("bucket"),
            tags=state.all_tags(news),
            **sent,
        )

    def sent(self, outputs: dict[str, Any], changed: Set[str]) -> None:
        """See `CopyKind`."""
        now = int(self.clock())
        outputs["update_failure"] = ""
        if "retention_days" in changed:
            outputs["retention_sent_at"] = now
        if changed & outputs.keys() & set(RELOADING):
            outputs["reload_sent_at"] = now

    def to_send_again(self, olds: Mapping[str, Any]) -> Set[str]:
        """See `CopyKind`."""
        return set(RELOADING) if olds.get("update_failure") else set()

    def only_recorded_now(self, olds: Mapping[str, Any]) -> Set[str]:
        """See `CopyKind`. A creation sends neither size nor reload, so a repaired one has not lost them."""
        return set(olds.get(MASKED) or ()) & set(RELOADING)

    def warn_after_update(self, id_: str, olds: Mapping[str, Any], news: Mapping[str, Any]) -> None:
        """Tell which tags stay: the reference does not say whether the tags of an update replace the others."""
        removed = set(olds.get("tags", {})) - set(news.get("tags", {}))
        try:
            cache = self.cloud.describe(news["region"], {id_: self.group(news)}).get(id_) if removed else None
        except ReplicaError:
            return  # the update was accepted and must be recorded, or it would be sent, and paid for, again
        if cache and (staying := sorted(removed & cache.tags.keys())):
            print(
                f"warning: {news.get('name')}: {id_} in {news['region']} keeps the tags {', '.join(staying)}. "
                "Next: remove them in the console.",
                flush=True,
            )

    def request_deletion(self, id_: str, props: Mapping[str, Any], token: str) -> None:
        """See `CopyKind`."""
        self.cloud.delete_data_cache(props["region"], id_, client_token=token)

    def expires(self, props: Mapping[str, Any]) -> float | None:
        """See `CopyKind`."""
        return state.expiry(props)

    def group(self, props: Mapping[str, Any]) -> str:
        """Return the bucket."""
        return str(props.get("bucket", ""))
