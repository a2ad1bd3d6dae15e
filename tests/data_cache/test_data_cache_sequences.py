"""Any sequence of runs, faults, kills and changes by hand: no copy is lost, doubled or forgotten.

The real provider process works on the sandbox, called by a played engine. Faults that last are elsewhere: a call is
repeated for minutes of real time before it is given up.
"""

from __future__ import annotations

import time
import uuid
from collections import Counter
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from typing import Any

import pytest
from hypothesis import HealthCheck, event, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    invariant,
    precondition,
    rule,
    run_state_machine_as_test,
)

from components.clouds.alibaba.eci import Eci
from components.data_cache.lifecycle import DataCacheLifecycle
from components.model.tag_rules import REPLICA_TAG
from components.providers.data_cache import DataCacheProvider
from sandbox.core.control_client import ControlClient
from sandbox.core.server import SandboxServer
from tests.lifecycle.played_engine import PlayedEngine, Row
from tests.lifecycle.provider_process import CallFailed, ProcessDied, ProviderProcess
from tests.lifecycle.replicas import SOURCE, lost

REGIONS = {"a": "cn-hangzhou", "b": "cn-hangzhou", "c": "cn-shanghai"}
UNRELATED = "edc-unrelated"
SEED = [
    {"region": "cn-beijing", "id": SOURCE, "path": "/v1"},
    {"region": "cn-hangzhou", "id": UNRELATED, "path": "/v1", "tags": {REPLICA_TAG: "of another stack"}},
]
COPY_SECONDS = 100
DAY = 86400
DELAY = 0.4
"""Seconds that a call is held up in which the provider is killed."""

names = st.sampled_from(sorted(REGIONS))
declarations = st.fixed_dictionaries(
    {"name": st.sampled_from(["weights", "other"])},
    optional={
        "path": st.sampled_from(["/v1", "/v2"]),
        "bucket": st.sampled_from(["default", "models"]),
        "tags": st.dictionaries(st.sampled_from(["team", "stage"]), st.sampled_from(["", "ml"])),
        "retention_days": st.sampled_from([1, 30]),
        "size": st.sampled_from([20, 40, 60]),
    },
)
ambiguous = st.sampled_from(["drop_before", "drop_after", "http_error", "throttle"])
changes = st.sampled_from(["CopyDataCache", "UpdateDataCache", "DeleteDataCache"])
refusals = st.sampled_from(["QuotaExceeded", "Account.Arrearage", "Forbidden.SubUser"])


class World:
    """The sandbox and the provider process, shared by all sequences of a test run."""

    def __init__(self, server: SandboxServer, eci: Eci) -> None:
        self.control: ControlClient = server.control
        self.by_hand = eci
        self._url = server.url
        self._process: ProviderProcess | None = None

    def process(self) -> ProviderProcess:
        """The process that runs; a new one after a kill."""
        if self._process is None or not self._process.is_alive:
            self.end()
            self._process = ProviderProcess(self._url, REPLICAS_CONSISTENCY_SECONDS="0")
        return self._process

    def end(self) -> None:
        if self._process is not None:
            self._process.__exit__(None, None, None)
            self._process = None

    def caches(self) -> dict[str, dict[str, Any]]:
        """Id -> data cache, of all regions."""
        inventory = self.control.get("inventory")["eci"]
        return {cache["id"]: {**cache, "region": region} for region, caches in inventory.items() for cache in caches}

    def now(self) -> float:
        return float(self.control.get("clock")["epoch"])

    def find(self, inputs: dict[str, Any]) -> str | None:
        """What the runner's repair looks copies up with."""
        provider = DataCacheProvider()
        provider.lifecycle.cloud = self.by_hand
        return provider.lifecycle.find(lost(inputs))


class Sequences(RuleBasedStateMachine):
    """Runs of one stack of three replicas, and what happens to it in between."""

    def __init__(self, world: World) -> None:
        super().__init__()
        self.world = world
        self.engine = PlayedEngine(world.process)
        self.declared: dict[str, dict[str, Any]] = {}
        self.by_hand: set[str] = set()
        self.lost: set[str] = set()
        self.aged: set[str] = set()
        self.numbers = iter(range(1, 1000))
        self.impatient = True
        self.killed = 0
        world.control.post("reset")
        world.control.post("settings", {"copy_seconds": COPY_SECONDS, "update_seconds": 100, "delete_seconds": 0})
        world.control.post("seed", {"data_caches": SEED})
        self.untouched = self._untouched(world.caches())

    # -- runs ---------------------------------------------------------------------------------------------------------

    @initialize(declared=declarations)
    def first_up(self, declared: dict[str, Any]) -> None:
        self._up("a", declared)

    @rule(name=names, declared=declarations)
    def up(self, name: str, declared: dict[str, Any]) -> None:
        self._up(name, declared)

    @rule(name=names, declared=declarations, kind=ambiguous)
    def up_through_a_bad_network(self, name: str, declared: dict[str, Any], kind: str) -> None:
        with self._fault(kind=kind):
            self._up(name, declared)

    @rule(name=names, declared=declarations, kind=ambiguous)
    def copy_through_a_bad_network(self, name: str, declared: dict[str, Any], kind: str) -> None:
        with self._fault(kind=kind, action="CopyDataCache"):
            self._up(name, {**declared, "path": f"/again/{next(self.numbers)}"})

    @rule(name=names, declared=declarations, action=changes, code=refusals)
    def up_is_refused(self, name: str, declared: dict[str, Any], action: str, code: str) -> None:
        with self._fault(kind="error", action=action, code=code, count=None):
            self._up(name, declared, may_fail=True)

    @rule(name=names, declared=declarations, refreshed=st.booleans())
    def copy_fails(self, name: str, declared: dict[str, Any], *, refreshed: bool) -> None:
        with self._fault(kind="copy_fails", reason="The snapshot is damaged."):
            self._up(name, {**declared, "path": f"/failing/{next(self.numbers)}"})
        self._settle()
        if refreshed:
            self.refresh()

    @precondition(lambda self: self._failed())
    @rule(data=st.data(), code=refusals)
    def healing_is_refused(self, data: st.DataObject, code: str) -> None:
        """The failed copy is deleted first, and then there is none."""
        name = data.draw(st.sampled_from(self._failed()))
        with self._fault(kind="error", action="CopyDataCache", code=code, count=None):
            self._up(name, self.declared[name], may_fail=True)

    @precondition(lambda self: self._existing())
    @rule(data=st.data())
    def reload(self, data: st.DataObject) -> None:
        self._reload(data)

    @precondition(lambda self: self._existing())
    @rule(data=st.data(), refreshed=st.booleans())
    def reload_fails(self, data: st.DataObject, *, refreshed: bool) -> None:
        with self._fault(kind="update_fails", reason="The repository is gone."):
            self._reload(data)
        self._settle()
        if refreshed:
            self.refresh()

    @rule(data=st.data(), refused=st.booleans())
    def destroy(self, data: st.DataObject, *, refused: bool) -> None:
        self._settle()
        if not (existing := self._existing()):
            return
        name = data.draw(st.sampled_from(existing))
        fault = {"kind": "error", "action": "DeleteDataCache", "code": "Forbidden.SubUser"} if refused else {}
        with self._fault(**fault):
            self._try(lambda: self.engine.destroy(name), may_fail=refused)
        if not self.engine.live(name):
            del self.declared[name]

    @precondition(lambda self: self.impatient)
    @rule(name=names, declared=declarations)
    def change_at_once(self, name: str, declared: dict[str, Any]) -> None:
        """Without waiting for what runs: reported in one line, as it does not end within `delete_timeout`."""
        self.impatient = False  # it takes seconds
        self.declared[name] = completed = self._completed(name, declared)
        self._try(lambda: self.engine.up(name, completed), may_fail=True)

    @rule()
    def repair(self) -> None:
        self.engine.repair(self.world.find, patience=0)

    @rule()
    def refresh(self) -> None:
        self.engine.refresh()
        caches = self.world.caches()
        for row in self.engine.rows:
            if row.get("delete"):
                continue
            assert row["id"] in caches, "what is gone was kept"
            status, outputs = caches[row["id"]]["status"], row["outputs"]
            assert bool(outputs["failure"]) is (status == "Failed")
            loads = "reload" in outputs or outputs.get("size", 0) > caches[row["id"]]["size"]
            assert bool(outputs["update_failure"]) is (status == "UpdateFailed" and loads)
            name = row["urn"].rpartition("::")[2]
            if name not in self.declared:
                continue
            difference = self.engine.diff(name, self._completed(name, self.declared[name]))
            if status == "Failed":
                assert "failure" in difference.replaces
                assert difference.delete_first
            elif status == "UpdateFailed" and loads:
                assert difference.changes

    # -- kills --------------------------------------------------------------------------------------------------------

    @precondition(lambda self: self.killed < 2)
    @rule(name=names, declared=declarations, when=st.sampled_from(["before", "after"]))
    def killed_in_create(self, name: str, declared: dict[str, Any], when: str) -> None:
        self.killed += 1
        with self._fault(kind="delay", when=when, seconds=DELAY, action="CopyDataCache"), self._killing(when):
            self._up(name, {**declared, "path": f"/killed/{next(self.numbers)}"})

    # -- what others do -----------------------------------------------------------------------------------------------

    @rule(data=st.data(), tags=st.dictionaries(st.sampled_from(["team", "extra"]), st.just("by hand"), min_size=1))
    def changed_by_hand(self, data: st.DataObject, tags: dict[str, str]) -> None:
        if row := self._drawn(data, "Available", "UpdateFailed"):
            self.world.by_hand.update_data_cache(
                row["outputs"]["region"],
                row["id"],
                client_token=uuid.uuid4().hex,
                settings={"name": "by hand"},
                tags=tags,
            )

    @rule(data=st.data())
    def deleted_by_hand(self, data: st.DataObject) -> None:
        if row := self._drawn(data, "Available", "UpdateFailed", "Failed"):
            region = row["outputs"]["region"]
            self.world.by_hand.delete_data_cache(region, row["id"], client_token=uuid.uuid4().hex)
            self.lost.add(row["id"])

    @rule(region=st.sampled_from(sorted(set(REGIONS.values()))))
    def copied_by_hand(self, region: str) -> None:
        made = self.world.by_hand.copy_data_cache(
            source_region="cn-beijing",
            source_id=SOURCE,
            region=region,
            client_token=uuid.uuid4().hex,
            tags={},
            settings={},
        )
        self.by_hand.add(made)

    @rule()
    def time_passes(self) -> None:
        self._settle()

    @rule()
    def copies_expire(self) -> None:
        before = self.world.caches()
        self.world.control.advance(DAY + 120)
        after = self.world.caches()
        gone = before.keys() - after.keys()
        assert all(before[id_]["expires"] for id_ in gone)
        self.lost |= gone
        self.aged |= after.keys()

    # -- what always holds --------------------------------------------------------------------------------------------

    @invariant()
    def nothing_is_lost_doubled_or_forgotten(self) -> None:
        caches = self.world.caches()
        self._every_copy_is_known(caches)
        self._every_row_has_a_copy_of_its_own(caches)
        tokens = Counter(cache["tags"][REPLICA_TAG] for cache in caches.values() if REPLICA_TAG in cache["tags"])
        assert all(count == 1 for count in tokens.values()), tokens
        assert self._untouched(caches) == self.untouched

    def _every_copy_is_known(self, caches: dict[str, Any]) -> None:
        recorded = {row["id"] for row in self.engine.rows}
        pending = self.engine.pending_tokens()
        for id_, cache in caches.items():
            ours = id_ in recorded or cache["tags"].get(REPLICA_TAG) in pending
            assert ours or id_ in self.by_hand | self.untouched.keys(), f"nobody knows of {cache}"

    def _every_row_has_a_copy_of_its_own(self, caches: dict[str, Any]) -> None:
        ids = [row["id"] for row in self.engine.rows if not row.get("pendingReplacement")]
        assert len(ids) == len(set(ids))
        assert set(ids) <= caches.keys() | self.lost

    def teardown(self) -> None:
        """Whatever happened: a repair, a refresh and an `up` bring everything in line, and destroy leaves nothing."""
        self.engine.repair(self.world.find, patience=0)
        self._settle()
        self.engine.delete_replaced()
        self.engine.refresh()
        for name in REGIONS:
            if name in self.declared:
                self._up(name, self.declared[name])
        self._settle()
        self.engine.refresh()
        for name, declared in self.declared.items():
            self._is_in_line(name, self._completed(name, declared))
        for name in REGIONS:
            self.engine.destroy(name)
        assert self.engine.rows == self.engine.pending == []
        assert self.world.caches().keys() - self.by_hand == self.untouched.keys()

    # -- parts of the rules -------------------------------------------------------------------------------------------

    def _up(self, name: str, declared: dict[str, Any], *, may_fail: bool = False) -> None:
        self._settle()
        self.declared[name] = completed = self._completed(name, declared)
        row, caches = self.engine.live(name), self.world.caches()
        status = caches[row["id"]]["status"] if row and row["id"] in caches else None
        # What a refresh has not reported yet stands in conflict of a change in place.
        may_fail = may_fail or (row is not None and status not in {"Available", "UpdateFailed"})
        self._try(lambda: self.engine.up(name, completed), may_fail=may_fail)

    def _try(self, run: Callable[[], object], *, may_fail: bool) -> None:
        reported = ""
        try:
            run()
        except CallFailed as failed:
            reported = str(failed)
        except ProcessDied:
            event("killed")
        if reported:
            event("refused: " + reported.partition(": ")[0].partition(" ")[0])
        assert may_fail or not reported, reported
        assert not reported or (". Next: " in reported and "\n" not in reported), reported

    def _completed(self, name: str, declared: dict[str, Any]) -> dict[str, Any]:
        """A declaration with what cannot be taken back: a retention once set, a size once reached."""
        full: dict[str, Any] = {
            "source_region": "cn-beijing",
            "source_id": SOURCE,
            "region": REGIONS[name],
            "delete_timeout": "1s",
            **declared,
        }
        if (row := self.engine.live(name)) is None:
            return full
        old = row["inputs"]
        if all(old.get(key) == full.get(key) for key in DataCacheLifecycle.identity) and "retention_days" in old:
            full["retention_days"] = full.get("retention_days", old["retention_days"])
        if row["id"] in self.aged:
            # The provider's own clock has stayed behind: it would take a new retention of such a copy for drift.
            full = {key: value for key, value in {**full, "retention_days": old.get("retention_days")}.items() if value}
        if sizes := [each["size"] for each in (old, full) if "size" in each]:
            full["size"] = max(sizes)
        return full

    def _existing(self) -> list[str]:
        """Replicas that have a row; a repair may bring one back that is declared no more."""
        return [name for name in self.declared if self.engine.live(name)]

    def _failed(self) -> list[str]:
        rows = {name: self.engine.live(name) for name in self.declared}
        return [name for name, row in rows.items() if row and row["outputs"]["failure"]]

    def _reload(self, data: st.DataObject) -> None:
        name = data.draw(st.sampled_from(self._existing()))
        source = {"type": "URL", "options": {"repoId": "org/new"}}
        reload = {"trigger": str(next(self.numbers)), "data_source": source}
        self._up(name, {**self.declared[name], "reload": reload})

    def _is_in_line(self, name: str, declared: dict[str, Any]) -> None:
        row = self.engine.live(name)
        assert row is not None
        assert not self.engine.diff(name, declared).changes
        cache = self.world.caches()[row["id"]]
        # A reload that failed and is declared no more leaves nothing to send.
        left = "UpdateFailed" if cache["status"] == "UpdateFailed" and "reload" not in declared else "Available"
        expected = {
            "status": left,
            "region": declared["region"],
            "name": declared["name"],
            "bucket": declared.get("bucket", "default"),
            "path": declared.get("path", "/v1"),
        }
        assert {key: cache[key] for key in expected} == expected
        assert cache["tags"] == {**declared.get("tags", {}), REPLICA_TAG: row["outputs"]["copy_token"]}
        assert (cache["expires"] is not None) is ("retention_days" in declared)

    def _drawn(self, data: st.DataObject, *statuses: str) -> Row | None:
        """One of the recorded copies that are in one of these states."""
        caches = self.world.caches()
        rows = [row for row in self.engine.rows if caches.get(row["id"], {}).get("status") in statuses]
        return data.draw(st.sampled_from(rows)) if rows else None

    def _settle(self) -> None:
        before = self.world.caches()
        self.world.control.advance(COPY_SECONDS + 1)
        self.lost |= before.keys() - self.world.caches().keys()

    def _untouched(self, caches: dict[str, Any]) -> dict[str, Any]:
        return {id_: caches.get(id_) for id_ in (SOURCE, UNRELATED)}

    @contextmanager
    def _fault(self, **fault: Any) -> Iterator[None]:
        """Let the cloud do this until the end of the block; nothing where nothing is given."""
        if fault:
            self.world.control.post("faults", {"service": "eci", **fault})
        yield
        self.world.control.delete("faults")

    @contextmanager
    def _killing(self, when: str) -> Iterator[None]:
        """Kill the provider process while its creation is held up, and wait until the cloud has carried it out."""
        process = self.world.process()

        def held_up() -> bool:
            hits = sum(fault["hits"] for fault in self.world.control.get("faults"))
            return hits > 0 and (when == "before" or carried_out())

        def carried_out() -> bool:
            return any(call["fault"] == "delay" for call in self.world.control.get("calls", since=since))

        since = max((call["index"] for call in self.world.control.get("calls")), default=0)
        with ThreadPoolExecutor(1) as pool:
            held = pool.submit(_await, held_up)
            held.add_done_callback(lambda _: process.kill())
            yield
            held.result()
        _await(carried_out)


def _await(happened: Callable[[], bool]) -> None:
    until = time.monotonic() + 20
    while not happened():
        assert time.monotonic() < until, "it never happened"
        time.sleep(0.01)


@pytest.fixture
def world(server: SandboxServer, eci: Eci) -> Iterator[World]:
    world = World(server, eci)
    yield world
    world.end()


@pytest.mark.timeout(900)  # a sequence that fails is made smaller, which takes minutes
def test_law_any_sequence_ends_in_line(world: World) -> None:
    class Shared(Sequences):
        def __init__(self) -> None:
            super().__init__(world)

    run_state_machine_as_test(
        Shared,
        settings=settings(
            max_examples=12,
            stateful_step_count=25,
            deadline=None,
            print_blob=True,
            suppress_health_check=[HealthCheck.too_slow, HealthCheck.filter_too_much, HealthCheck.data_too_large],
        ),
    )
