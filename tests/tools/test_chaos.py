"""The storms' own figures: each kind of damage is counted, and a seed plans the same storms again."""

from __future__ import annotations

import copy
from collections import Counter
from itertools import islice
from typing import Any

import pytest

from components.kinds import SERVICES
from tools.chaos.counting import Verdict, ids_of, judge, restarted, things
from tools.chaos.declared import KINDS as OF_SECTION
from tools.chaos.declared import Declared, Key, first, inventory_of, sample_of, seeds
from tools.chaos.plan import CHANGES, storms
from tools.chaos.stage import Finished

KINDS = tuple(OF_SECTION)
DECLARED = first(KINDS)
WEIGHTS = Key("dataCaches", "weights", "cn-hangzhou")


def inventory() -> dict[str, Any]:
    """What the control plane shows when everything is as declared."""
    found: dict[str, Any] = {inventory_of(kind): {} for kind in KINDS}
    for number, (key, component) in enumerate(DECLARED.replicas()):
        entry = {"id": f"copy-{number}", "progress": "100%", **component.looks(key.region)}
        entry["name"] = entry["name"].replace("*", "1a2b3c4d").replace("?" * 8, "1a2b3c4d")
        if own := sample_of(key.kind).own_tags:
            entry["tags"] = {**entry["tags"], **dict.fromkeys(own, "token")}
        found[inventory_of(key.kind)].setdefault(key.region, []).append(entry)
    tables = {sample_of(kind).table: kind for kind in KINDS}
    for table, entries in seeds(KINDS, 2).items():
        for entry in entries:
            shown = {"status": "Available", "copied_from": None, "copying_to": [], **entry}
            found[inventory_of(tables[table])].setdefault(entry["region"], []).append(shown)
    return found


OTHERS = {thing.id: thing for thing in things(inventory(), KINDS) if not thing.id.startswith("copy-")}


def verdict(found: dict[str, Any], *, declared: Declared = DECLARED, **more: Any) -> Verdict:
    listed = list(things(found, KINDS))
    arguments: dict[str, Any] = {
        "others": OTHERS,
        "before": ids_of(DECLARED, things(inventory(), KINDS), OTHERS.keys()),
        "requested": set(),
        "recorded": {thing.id for thing in listed},
    }
    return judge(declared, listed, **{**arguments, **more})


def entry_of(found: dict[str, Any], key: Key) -> dict[str, Any]:
    thing = next(thing for thing in things(found, KINDS) if thing.key == key and thing.id not in OTHERS)
    assert isinstance(thing.entry, dict)
    return thing.entry


def test_as_declared() -> None:
    assert verdict(inventory()).lines() == []


@pytest.mark.parametrize("kind", KINDS)
def test_a_lost_replica_is_counted(kind: str) -> None:
    found = inventory()
    key = next(key for key, _ in DECLARED.replicas() if key.kind == kind)
    found[inventory_of(kind)][key.region].remove(entry_of(found, key))

    assert verdict(found).lines() == [f"lost: {key}: there is none"]


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("status", "Creating"),
        ("path", "/elsewhere"),
        ("tags", {"team": "chaos"}),
        ("copied_from", {"region": "cn-beijing", "id": "edc-2zechaosweights2"}),
        ("name", "another"),
    ],
)
def test_a_replica_that_is_not_as_declared_is_lost(name: str, value: Any) -> None:
    found = inventory()
    entry_of(found, WEIGHTS)[name] = value

    counted = verdict(found)

    assert len(counted.lost) == 1
    assert f"{name} is {value!r}" in counted.lost[0]


def test_a_replica_that_was_made_again_unrequested_is_lost() -> None:
    found = inventory()
    entry_of(found, WEIGHTS)["id"] = "copy-again"

    counted = verdict(found)

    assert len(counted.lines()) == len(counted.lost) == 1
    assert "which was not requested" in counted.lost[0]
    assert verdict(found, requested={WEIGHTS}).lines() == []


def test_a_replica_that_the_state_does_not_know_is_lost() -> None:
    found = inventory()
    unknown = entry_of(found, WEIGHTS)["id"]
    recorded = {thing.id for thing in things(found, KINDS)} - {unknown}

    assert verdict(found, recorded=recorded).lines() == [f"lost: {WEIGHTS}: the state does not know {unknown}"]


@pytest.mark.parametrize("kind", KINDS)
def test_a_doubled_replica_is_counted(kind: str) -> None:
    found = inventory()
    key = next(key for key, _ in DECLARED.replicas() if key.kind == kind)
    found[inventory_of(kind)][key.region].append({**entry_of(found, key), "id": "copy-again"})

    counted = verdict(found)

    assert len(counted.lines()) == len(counted.twice) == 1
    assert str(key) in counted.twice[0]


@pytest.mark.parametrize("kind", KINDS)
def test_a_left_replica_is_counted(kind: str) -> None:
    found = inventory()
    left = {**entry_of(found, next(key for key, _ in DECLARED.replicas() if key.kind == kind)), "id": "copy-left"}
    found[inventory_of(kind)].setdefault(sample_of(kind).regions[2], []).append(left)

    counted = verdict(found)

    assert len(counted.lines()) == len(counted.left) == 1
    assert "copy-left" in counted.left[0]


def test_everything_is_left_where_nothing_is_declared() -> None:
    assert len(verdict(inventory(), declared=Declared(())).left) == len(list(DECLARED.replicas()))


@pytest.mark.parametrize("kind", KINDS)
def test_a_touched_thing_is_counted(kind: str) -> None:
    changed, deleted = inventory(), inventory()
    for found in (changed, deleted):
        entries = found[inventory_of(kind)][sample_of(kind).regions[0]]
        other = next(entry for entry in entries if "other" in entry["id"])
        if found is changed:
            other["name"] = "renamed"
        else:
            entries.remove(other)

    for found in (changed, deleted):
        assert len(verdict(found).lines()) == len(verdict(found).touched) == 1


def test_what_is_copied_is_not_touched_by_it() -> None:
    found = inventory()
    for entry in found["cbs"]["ap-guangzhou"]:
        entry["copying_to"] = ["ap-shanghai"]

    assert verdict(found).lines() == []


def test_image_copies_beyond_those_requested_are_restarted() -> None:
    call = {"action": "CopyImage", "status": 200, "params": {"ImageId": "m-1", "DestinationRegionId": "cn-hangzhou"}}
    refused = {**call, "status": 503}

    assert restarted([call, refused], Counter({("m-1", "cn-hangzhou"): 1})) == 0
    assert restarted([call, call, refused], Counter({("m-1", "cn-hangzhou"): 1})) == 1
    assert restarted([call], Counter()) == 1


def test_a_seed_plans_the_same_storms() -> None:
    def planned(seed: int) -> list[Any]:
        return list(islice(storms(seed, KINDS), 8))

    assert planned(7) == planned(7)
    assert planned(7) != planned(8)


def test_storms_bring_all_changes_strikes_and_faults() -> None:
    turns = [turn for storm in islice(storms(1, KINDS), 40) for turn in storm.turns]

    strikes = [turn.strike for turn in turns if turn.strike]
    assert {turn.change for turn in turns} == {
        *CHANGES, "nothing", "refresh", "destroy",
        "copies", "exact names", "default names", "adopt", "adopt again", "rename", "give up",
    }  # fmt: skip
    assert {strike.target for strike in strikes} == {"cli", "program", "provider", "plugin", "sandbox"}
    assert {strike.signal for strike in strikes} == {"SIGKILL", "SIGTERM", "SIGINT"}
    assert {order["kind"] for turn in turns for order in turn.orders} == {
        "drop_before", "drop_after", "delay", "throttle", "error", "http_error", "non_json",
        "copy_fails", "update_fails", "region_error", "silent",
    }  # fmt: skip
    assert {order.get("service") for turn in turns for order in turn.orders} == {*SERVICES, None}


def test_a_set_is_not_changed_by_its_changes() -> None:
    before = copy.deepcopy(first(("snapshots", "images")))

    storm = next(storms(3, ("snapshots", "images")))

    assert storm.before == before
    assert storm.declared != before


@pytest.mark.parametrize(
    ("text", "code", "changed_nothing"),
    [
        ("Resources:\n    23 unchanged\n\nDuration: 5s\n", 0, True),
        ("Resources:\n    ~ 3 updated\n    20 unchanged\n", 0, False),
        ("Resources:\n    23 unchanged\n", 1, False),
        ("error: no sandbox\n", 0, False),
    ],
)
def test_a_run_that_changed_nothing(text: str, code: int, changed_nothing: bool) -> None:
    assert Finished("up", code, text, 1.0).changed_nothing is changed_nothing
