"""DataCacheCopy's lifecycle: one copy of a DataCache in one destination region.

`create` only starts the copy: a provider process has four workers, keeps nothing of a create that raises, and a kill
inside create loses the id, so nothing here waits for the copying itself. Readiness is waited for by the program.

Property names below are stored in the state of every stack: they are an API.
"""

from __future__ import annotations

import os
import time
import uuid
from collections.abc import Callable, Iterator, Mapping, Set
from typing import Any

from pulumi.dynamic import (
    CheckFailure,
    CheckResult,
    ConfigureRequest,
    CreateResult,
    DiffResult,
    ReadResult,
    ResourceProvider,
    UpdateResult,
)

from components import durations
from components.clouds.alibaba import Connection
from components.clouds.copies import EXPIRY_TOLERANCE, Phase
from components.clouds.eci import Eci
from components.clouds.eci_data_cache import DataCache
from components.clouds.errors import CloudError, InvalidInput, NotFound, NotReady, ReplicaError, TimedOut
from components.providers.data_cache_adoption import adoptable
from components.providers.data_cache_reload import RELOADING, completed
from components.providers.data_cache_rules import REPLICA_TAG, violations
from components.providers.data_cache_state import (
    IDENTITY,
    IN_PLACE,
    NOT_REMOVABLE,
    OUTPUT_ONLY,
    all_tags,
    declared,
    expiry,
    failures,
    inputs_of,
    observed,
    outputs_of,
    retention_drifted,
    same,
)
from components.providers.expected_errors import tell_in_one_line

DEFAULT_BUCKET = "default"
DEFAULT_DELETE_TIMEOUT = "2h"

CONSISTENCY_SECONDS = float(os.environ.get("REPLICAS_CONSISTENCY_SECONDS") or 60)
"""A copy that was accepted this recently may not be listed yet: an empty answer about it is not a definite one."""

FIRST_PAUSE = 0.5
LONGEST_PAUSE = 15.0
"""Seconds between two looks at something that is not done yet: they grow by half each time."""


OUTCOME_UNKNOWN = "whether the copy was started is not known"
"""Stands in the error of exactly those creations that may have left a copy behind: the stack runner looks for it."""


class OutcomeUnknown(ReplicaError):
    """A copy was asked for and no answer ever came: it may exist without being recorded."""


class CopyHasFailed(ReplicaError):
    """A change was asked of a copy that has failed, which nobody has recorded yet: nothing can change it."""


class DataCacheProvider(ResourceProvider):
    """Check, diff, create, read, update and delete one DataCache copy.

    Pickled by reference into the state, so an instance holds nothing: the connection is made in `configure`.
    """

    serialize_as_secret_always = False

    cloud: Eci
    sleep: Callable[[float], None] = staticmethod(time.sleep)
    clock: Callable[[], float] = staticmethod(time.time)

    def configure(self, req: ConfigureRequest) -> None:
        """Connect with the environment and the stack config, once per provider process."""
        tell_in_one_line()
        keys = (
            "replicas:sandbox",
            "replicas:endpoints",
            "alicloud:accessKey",
            "alicloud:secretKey",
            "alicloud:securityToken",
        )
        self.cloud = Eci(Connection.from_config({key: req.config.get(key) for key in keys}))

    def check(self, _olds: dict[str, Any], news: dict[str, Any]) -> CheckResult:
        """Complete the inputs and report every broken rule of the API reference."""
        olds = declared(_olds)
        inputs = {key: value for key, value in news.items() if value is not None}
        failures = [CheckFailure(found.property, found.reason) for found in violations(inputs)]
        failures += [
            CheckFailure(
                key,
                f"cannot be taken away once set (it was {olds[key]!r}): UpdateDataCache cannot unset it; "
                "set another value, or remove this region in one `up` and add it again in the next",
            )
            for key in NOT_REMOVABLE
            if key in olds and key not in inputs and all(same(olds.get(each), inputs.get(each)) for each in IDENTITY)
        ]
        if isinstance(inputs.get("reload"), Mapping):
            inputs["reload"] = completed(inputs["reload"])
        inputs.setdefault("bucket", DEFAULT_BUCKET)
        inputs.setdefault("tags", {})
        inputs.setdefault("delete_timeout", DEFAULT_DELETE_TIMEOUT)
        # The engine passes no olds for a new instance, so each create, replacement included, has a token of its own,
        # and writes it to the state before create runs: a lost create can be found again.
        inputs["copy_token"] = _olds.get("copy_token") or uuid.uuid4().hex
        return CheckResult(inputs, failures)

    def diff(self, _id: str, _olds: dict[str, Any], _news: dict[str, Any]) -> DiffResult:
        """Replace for another identity, or for a failed copy (delete first); update for anything else."""
        replaces = [key for key in IDENTITY if not same(_olds.get(key), _news.get(key))]
        in_place = [
            key for key in (*IN_PLACE, *RELOADING, "delete_timeout") if not same(_olds.get(key), _news.get(key))
        ]
        failed = bool(_olds.get("failure"))
        # The old content is there, so nothing is replaced: the update is sent again.
        update_failed = bool(_olds.get("update_failure"))
        moved = _olds.get("__provider") != _news.get("__provider")  # a moved module: update rewrites the reference
        return DiffResult(
            changes=bool(replaces or in_place or failed or update_failed or moved),
            replaces=[*replaces, *(["failure"] if failed else [])],
            delete_before_replace=failed,
        )

    def create(self, props: dict[str, Any]) -> CreateResult:
        """Start the copy and return its id; the same token on every attempt makes it one copy."""
        inputs = declared(props)
        if "existing_id" in inputs:
            return self._adopt(inputs["existing_id"], inputs)
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
                tags=all_tags(inputs),
            )
        except CloudError as error:
            if not error.maybe_done:
                raise
            found = self._find_listed(inputs)
            if not found:
                raise OutcomeUnknown(
                    f"{error.problem}; {OUTCOME_UNKNOWN}",
                    "run `make up`, which looks for it first; without the runner, delete the DataCache tagged "
                    f"{REPLICA_TAG}={inputs['copy_token']} in {inputs['region']} if there is one",
                ) from None
            copy_id = found.id
        return CreateResult(copy_id, outputs_of(inputs, accepted_at=self.clock()))

    def _adopt(self, id_: str, inputs: dict[str, Any]) -> CreateResult:
        """Take a DataCache over that somebody made by hand: from then on it is this replica."""
        cache = adoptable(id_, self._look(id_, inputs), inputs)
        outputs = outputs_of(inputs, accepted_at=self.clock())
        try:
            self._send(id_, inputs, inputs.keys() & set(IN_PLACE), uuid.uuid4().hex)
        except NotReady:
            # It is still being copied. What it has now is recorded, so that the next `up` brings it in line.
            outputs = {key: value for key, value in outputs.items() if key not in IN_PLACE} | observed(inputs, cache)
        else:
            outputs["retention_sent_at"] = int(self.clock())
        return CreateResult(id_, outputs)

    def _find_listed(self, inputs: Mapping[str, Any]) -> DataCache | None:
        """Find a copy that may just have been accepted, and may be listed late; None where the cloud does not say."""
        pauses = _pauses()
        until = self.clock() + CONSISTENCY_SECONDS
        while True:
            too_late = self.clock() >= until
            try:
                if found := self.find(inputs):
                    return found
            except CloudError:
                return None  # the caller says that the outcome is unknown, which is the more important news
            if too_late:
                return None
            self.sleep(next(pauses))

    def find(self, inputs: Mapping[str, Any]) -> DataCache | None:
        """Find the copy that was started with these inputs' token, None where the cloud lists none."""
        copies = self.cloud.find_by_tag(
            inputs["region"], REPLICA_TAG, inputs["copy_token"], bucket=inputs.get("bucket")
        )
        return copies[0] if copies else None

    def read(self, id_: str, props: dict[str, Any]) -> ReadResult:
        """Compare with the destination region; gone only where the cloud definitely does not list the copy."""
        cache = self.cloud.find(props["region"], id_, bucket=props.get("bucket", "")) or self._await_listing(id_, props)
        if cache is None:
            print(self._obituary(id_, props), flush=True)  # the engine shows what a provider prints
            return ReadResult("", {}, {})
        outputs = {**declared(props), **observed(props, cache)}
        if retention_drifted(props, cache):
            outputs.pop("retention_days", None)
            if cache.expires and cache.created:
                outputs["retention_days"] = max(1, round((cache.expires - cache.created).total_seconds() / 86400))
        outputs |= failures(props, cache)
        return ReadResult(id_, outputs, inputs_of(outputs))

    def update(self, _id: str, _olds: dict[str, Any], _news: dict[str, Any]) -> UpdateResult:
        """Send what changed in place, in one call with one token."""
        olds, news = declared(_olds), declared(_news)
        outputs = {**{key: olds[key] for key in OUTPUT_ONLY if key in olds}, **news}
        changed = {key for key in (*IN_PLACE, *RELOADING) if not same(olds.get(key), news.get(key))}
        if olds.get("update_failure"):
            changed |= set(RELOADING)
        # What is no longer declared leaves nothing to send; the content stays as it was last loaded.
        changed -= {key for key in RELOADING if key not in news}
        outputs["update_failure"] = ""
        if not changed:
            return UpdateResult(outputs)
        self._once_settled(
            _id,
            f"updating DataCache {_id} in {news['region']}",
            news,
            lambda token: self._send(_id, news, changed, token),
            failed_is_final=True,
        )
        if "retention_days" in changed:
            outputs["retention_sent_at"] = int(self.clock())
        if changed & set(RELOADING):
            outputs["reload_sent_at"] = int(self.clock())
        self._warn_of_tags_that_stay(_id, news, set(olds.get("tags", {})) - set(news.get("tags", {})))
        return UpdateResult(outputs)

    def _warn_of_tags_that_stay(self, id_: str, news: Mapping[str, Any], removed: Set[str]) -> None:
        # The reference does not say whether the tags of an update replace the others.
        cache = self._look(id_, news) if removed else None
        if cache and (staying := sorted(removed & cache.tags.keys())):
            print(
                f"warning: {news.get('name')}: {id_} in {news['region']} keeps the tags {', '.join(staying)}. "
                "Next: remove them in the console.",
                flush=True,
            )

    def _send(self, id_: str, news: Mapping[str, Any], changed: Set[str], token: str) -> None:
        self.cloud.update_data_cache(
            news["region"],
            id_,
            client_token=token,
            # The references disagree on whether Name is required, and give Bucket a default: both are always sent.
            name=news.get("name"),
            bucket=news.get("bucket"),
            tags=all_tags(news),
            retention_days=news.get("retention_days") if "retention_days" in changed else None,
            resource_group_id=news.get("resource_group_id") if "resource_group_id" in changed else None,
            size=news.get("size") if "size" in changed else None,
            reload=news.get("reload") if "reload" in changed else None,
        )

    def delete(self, _id: str, _props: dict[str, Any]) -> None:
        """Delete the copy and watch it disappear, within `delete_timeout`."""
        props = declared(_props)
        doing = f"deleting DataCache {_id} in {props['region']}"
        deadline = self.clock() + durations.seconds(props.get("delete_timeout", DEFAULT_DELETE_TIMEOUT))
        self._await_listing(_id, props)
        try:
            self._once_settled(
                _id,
                doing,
                props,
                lambda token: self.cloud.delete_data_cache(props["region"], _id, client_token=token),
            )
        except (NotFound, InvalidInput):
            # No reference names the code for an unknown id, so the listing decides.
            if self._look(_id, props) is None:
                return
            raise
        pauses = _pauses()
        while cache := self._look(_id, props):
            if self.clock() >= deadline:
                raise TimedOut(
                    f"{doing}: accepted, but it is still listed as {cache.status} after {props.get('delete_timeout')}",
                    "look at it in the console; when it is gone, run the same command again",
                )
            self.sleep(next(pauses))

    def _once_settled(
        self,
        id_: str,
        doing: str,
        props: Mapping[str, Any],
        send: Callable[[str], None],
        *,
        failed_is_final: bool = False,
    ) -> None:
        """Send a change; while the copy is in a state that forbids it, wait, within `delete_timeout`.

        No reference names the code of such a refusal, so a copy that is still busy makes any refusal one of these.
        With `failed_is_final`, a copy that has failed is not waited for: it never becomes anything else.
        """
        timeout = props.get("delete_timeout", DEFAULT_DELETE_TIMEOUT)
        started = self.clock()
        pauses = _pauses()
        while True:
            try:
                # A refusal did nothing, so the next try is a new invocation with a token of its own.
                send(uuid.uuid4().hex)
            except (NotReady, InvalidInput) as error:
                phase = self._phase(id_, props)
                if isinstance(error, InvalidInput) and phase is not Phase.COPYING:
                    raise
                if failed_is_final and phase is Phase.FAILED:
                    raise CopyHasFailed(
                        f"{doing}: {error.code}: {error.message}",
                        "run `pulumi up --refresh`, which replaces a copy that has failed",
                    ) from None
                if self.clock() - started >= durations.seconds(timeout):
                    raise TimedOut(
                        f"{doing}: {error.code}: {error.message}; waited {timeout} for the running copy",
                        "run the same command again when it is Available or Failed, or raise delete_timeout",
                    ) from None
                self.sleep(next(pauses))
            else:
                return

    def _obituary(self, id_: str, props: Mapping[str, Any]) -> str:
        expires = expiry(props)
        how = "is gone, deleted by somebody else"
        if expires is not None and self.clock() >= expires - EXPIRY_TOLERANCE:
            how = f"has expired after {props['retention_days']:.0f} days"
        return f"warning: {props.get('name')}: {id_} in {props['region']} {how}. Next: the next `up` copies it again."

    def _phase(self, id_: str, props: Mapping[str, Any]) -> Phase | None:
        cache = self._look(id_, props)
        return cache.state.phase if cache else None

    def _await_listing(self, id_: str, props: Mapping[str, Any]) -> DataCache | None:
        """Look at a copy; while it is so new that it may be listed late, look again."""
        pauses = _pauses()
        while (cache := self._look(id_, props)) is None and self._is_fresh(props):
            self.sleep(next(pauses))
        return cache

    def _look(self, id_: str, props: Mapping[str, Any]) -> DataCache | None:
        return self.cloud.describe(props["region"], {id_: props.get("bucket", "")}).get(id_)

    def _is_fresh(self, props: Mapping[str, Any]) -> bool:
        return self.clock() - float(props.get("accepted_at", 0)) < CONSISTENCY_SECONDS


def _pauses() -> Iterator[float]:
    pause = FIRST_PAUSE
    while True:
        yield pause
        pause = min(pause * 1.5, LONGEST_PAUSE)
