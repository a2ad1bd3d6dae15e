"""One copy a replica whatever the network does, many copies at the pace that the API allows, and none left."""

from __future__ import annotations

from collections import Counter

from tests.engine.harness import SNAPSHOT, Cloud, Finished, Stack, snapshot, wait_for

SLOW, FAST = ("ap-beijing", "ap-tokyo"), ("ap-shanghai", "ap-seoul")
"""Where a copy still runs, and where it has ended, when its answer is lost."""
PLACES = "bangkok beijing chengdu chongqing hongkong nanjing seoul shanghai singapore tokyo"


def test_dropped_connection_is_one_copy(stack: Stack, cbs: Cloud) -> None:
    """With the default name and with a user's, which a foreign copy has already; running and finished."""
    cbs.settings(regions={region: {"copy_seconds": 4} for region in SLOW})
    exact = {SLOW[1]: "exact", FAST[1]: "exact"}
    foreign = [
        {"region": region, "id": f"snap-foreign{n}", "name": name, "copied": True}
        for n, (region, name) in enumerate(exact.items())
    ]
    cbs.server.control.post("seed", {"snapshots": foreign})
    for region in (*SLOW, *FAST):
        cbs.fault("drop_after", params={"DestinationRegions.0": region})
    entry = snapshot(*SLOW, *FAST)
    entry["destinations"] |= {region: {"name": name} for region, name in exact.items()}
    stack.config(snapshots={"disk": entry})

    done = stack.up()

    assert done.code == 0, done.text
    assert Counter(copy["region"] for copy in cbs.replicas()) == Counter([*SLOW, *FAST])
    assert {row["id"] for row in stack.rows()} == {copy["id"] for copy in cbs.replicas()}
    assert len(cbs.calls("CopySnapshotCrossRegions")) == 4
    there = {entry["id"] for entry in cbs.inventory()}
    assert {seed["id"] for seed in foreign} < there


def test_hundred_copies_are_never_throttled(stack: Stack, cbs: Cloud) -> None:
    """The limit is 20 requests a second for each action; the engine alone would exceed it."""
    sources = [{"region": SNAPSHOT["region"], "id": f"snap-source{n}"} for n in range(10, 20)]
    cbs.server.control.post("seed", {"snapshots": sources})
    cbs.settings(copy_seconds=2)
    regions = [f"ap-{place}" for place in PLACES.split()]
    entries = {source["id"]: snapshot(*regions, source=source) for source in sources}
    stack.config(snapshots=entries)

    done = stack.up()

    assert done.code == 0, done.text
    assert len(cbs.replicas()) == len(stack.rows()) == len(cbs.calls("CopySnapshotCrossRegions")) == 100
    codes = Counter(call["code"] for call in cbs.server.control.get("calls"))
    assert codes["RequestLimitExceeded"] == 0
    assert set(codes) == {None}


def test_destroy_while_copying(stack: Stack, cbs: Cloud) -> None:
    """Nothing is left, nothing is lost from the state, and the display says what is being waited for."""
    cbs.settings(copy_seconds=600)
    entry = {**snapshot("ap-beijing"), "readyTimeout": "1s"}
    hasty = {**snapshot("ap-shanghai", name="hasty"), "readyTimeout": "1s", "deleteTimeout": "1s"}
    stack.config(snapshots={"disk": entry, "hasty": hasty})
    late = stack.up()
    patient, kept = (next(copy["id"] for copy in cbs.replicas(region)) for region in ("ap-beijing", "ap-shanghai"))

    run = stack.start("destroy", "--yes")
    # By the fourth request for one of them the other one's second is over.
    wait_for(lambda: [each["params"].get("SnapshotIds.0") for each in cbs.calls("DeleteSnapshots")].count(patient) >= 4)
    cbs.server.control.advance(600)
    text, _ = run.communicate(timeout=240)
    given_up = Finished(run.returncode, text)

    assert late.code != 0
    waiting = "waiting, within 2h, while it is COPYING_FROM_REMOTE"
    assert f"deleting Snapshot {patient} in ap-beijing: {waiting}" in given_up.text
    assert given_up.code != 0
    assert any(
        error.startswith(f"deleting Snapshot {kept} in ap-shanghai: ") and "waited 1s for the running copy" in error
        for error in given_up.errors
    ), given_up.errors
    assert "Traceback" not in given_up.text
    assert [row["id"] for row in stack.rows()] == [copy["id"] for copy in cbs.replicas()] == [kept]

    done = stack.destroy()

    assert done.code == 0, done.text
    assert cbs.replicas() == []
    assert stack.rows() == []
