"""The troubles of storms: each run has all of them, each is counted by itself, and none can pass unseen."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from itertools import islice
from typing import Any, cast

import pytest

from tools.chaos import storm as storms_of
from tools.chaos.counting import Thing, judge
from tools.chaos.declared import ADOPTIONS, KINDS, Declared, Key, first, seeds
from tools.chaos.plan import TURNS, Storm, Turn, storms
from tools.chaos.stage import CONSISTENCY_SECONDS, Finished, Stage
from tools.chaos.storm import StormRunner
from tools.chaos.troubles import CLOCKS, LATE_SECONDS, Trouble, calm, possible

ALL = tuple(KINDS)
HARD = {Trouble.DEAD_REGION, Trouble.LATE_LISTING, Trouble.FRESH_CHECKOUT}


def planned(seed: int, *, with_: Trouble | None = None, number: int = 40) -> Iterator[Storm]:
    return (one for one in islice(storms(seed, ALL), number) if with_ is None or with_ in one.troubles)


@pytest.mark.parametrize("seed", range(5))
def test_four_storms_in_a_row_have_every_trouble(seed: int) -> None:
    dealt = [trouble for storm in planned(seed, number=4) for trouble in storm.troubles]

    assert sorted(dealt) == sorted(Trouble)


def test_troubles_that_no_declared_kind_can_have_are_not_asked_for() -> None:
    dealt = {trouble for storm in islice(storms(1, ("images",)), 8) for trouble in storm.troubles}

    assert dealt == set(Trouble) - {*CLOCKS, Trouble.ADOPTED_COPY}
    assert {name.split(" ")[0] for name in possible(("images",))} == {"dead", "late", "fresh", "wrong", "renamed"}
    assert len(possible(ALL)) == len(Trouble) + 2  # a region is dead in three ways


@pytest.mark.parametrize("clock", CLOCKS)
def test_a_wrong_clock_meets_a_kill_without_a_journal_and_nothing_else_that_loses_an_exact_name(clock: Trouble) -> None:
    for storm in planned(1, with_=clock):
        killed, next_, *later = storm.turns
        assert not HARD & set(storm.troubles)
        assert storm.settings["clock_ahead_seconds"] == CLOCKS[clock]
        assert killed.strike is not None
        assert killed.strike[:3] == ("cli", "SIGKILL", "create")
        assert [order["kind"] for order in killed.orders] == ["delay"]
        assert Trouble.FRESH_CHECKOUT in next_.troubles
        assert not any(Trouble.FRESH_CHECKOUT in turn.troubles for turn in later)
        assert exact_names(killed.declared) == exact_names(next_.declared)
        assert exact_names(killed.declared)
        assert exact_names(storm.declared) == []


def exact_names(declared: Declared) -> list[str]:
    return [
        revision.name
        for one in declared.components
        for revision in one.destinations.values()
        if revision.name and not one.adopts
    ]


def test_a_late_copy_is_later_than_runs_assume_and_there_is_one() -> None:
    for storm in planned(2, with_=Trouble.LATE_LISTING):
        ((region, late),) = storm.settings["regions"].items()
        made = [key.region for key in storm.before.differing(storm.turns[0].declared)]
        assert late["visible_after_seconds"] == LATE_SECONDS > 10 * CONSISTENCY_SECONDS
        assert region in made
        assert calm(storm.settings) == {"clock_ahead_seconds": 0, "regions": {region: {}}}


def test_a_region_is_dead_in_three_ways_and_alive_in_another_turn() -> None:
    for storm in planned(3, with_=Trouble.DEAD_REGION):
        dead = [[order for order in turn.orders if order.get("count", 1) is None] for turn in storm.turns]
        orders = [order for each in dead for order in each]
        assert sorted(map(len, dead)) == [0] + [1] * (TURNS - 1)
        assert {order["kind"] for order in orders} == {"error", "http_error", "silent"}
        assert all(0 < order["lasts"] <= 20 and order["region"] for order in orders)


def test_what_nobody_declares_any_more_is_not_lost_with_its_journal() -> None:
    """A copy that a killed run has started is used as long as it is declared; later it is kept and reported."""
    for storm in planned(4, with_=Trouble.FRESH_CHECKOUT):
        assert all(Trouble.FRESH_CHECKOUT in turn.troubles for turn in storm.turns[1:])
        killed = storm.turns[0].strike
        assert killed is not None
        assert killed.target in {"provider", "plugin"}
        assert killed[1:3] == ("SIGKILL", "create")
        copies = [turn.declared.without_adopted().sources().items() for turn in storm.turns]
        assert all(copies[0] <= each for each in copies)


@pytest.mark.parametrize("seed", range(3))
def test_what_is_adopted_once_stays_until_it_is_given_up(seed: int) -> None:
    for storm in planned(seed, number=60):
        before = storm.before
        for turn in storm.turns:
            if turn.change == "destroy":
                assert turn.declared.adopter is None
            elif before.adopter and turn.change != "give up":
                assert turn.declared.adopter is not None
                assert turn.declared.adopter.adopts == before.adopter.adopts
            before = turn.declared


def test_an_entry_that_was_renamed_is_the_same_replica() -> None:
    adopting = first(ALL).adopting(exact=True)
    adopter = adopting.components[-1]
    renamed = adopting.changed(replace(adopter, entry="archive7"))
    ((region, id_),) = adopter.adopts.items()

    entry = renamed.config()["snapshots"]["archive7"]
    assert entry["destinations"][region] == {"name": "archive-exact-1", "existingId": id_}
    assert Key("snapshots", "archive", region) in dict(renamed.replicas())
    assert adopting.differing(renamed) == set()


def test_whatever_can_be_adopted_exists() -> None:
    planted = {entry["id"] for entry in seeds(ALL, 2)["snapshots"]}
    declared = first(ALL)
    for number in range(ADOPTIONS):
        declared = declared.without_adopted().adopting(exact=bool(number % 2))
        adopter = declared.components[-1]
        assert {adopter.source, *adopter.adopts.values()} <= planted


@pytest.mark.parametrize("there", ["", "snap-copy"])
def test_an_adopted_thing_that_is_deleted_is_lost(there: str) -> None:
    declared = Declared(first(("snapshots",)).adopting(exact=True).components[-1:])
    ((key, component),) = declared.replicas()
    looks = {**component.looks(key.region), "id": there}
    found = [Thing(key.kind, key.region, looks)] if there else []

    verdict = judge(declared, found, others={}, before={}, requested={key}, recorded={there})

    assert len(verdict.lost) == len(verdict.lines()) == 1


class PlayedStage:
    """A stage on which runs end as a test says."""

    def __init__(self, code: int, text: str, *, changes: bool = False, calls: tuple[dict[str, Any], ...] = ()) -> None:
        self.finished = Finished("refresh", code, text, 1.0)
        self.control = self
        self._calls = calls
        self._changes = changes
        self._runs = 0

    def recorded(self) -> set[str]:
        return {"edc-1"}

    def state(self) -> Any:
        return self._runs if self._changes else 0

    def run(self, *_command: str) -> Finished:
        self._runs += 1
        return self.finished

    def end_runs(self) -> None: ...

    def post(self, _name: str, _body: Any) -> None: ...

    def get(self, name: str, **_query: Any) -> Any:
        return list(self._calls) if name == "calls" else {}


REFUSED = "error: opening stack chaos: these credentials are of account 2000000000000002"
DELETED = {"index": 1, "account": "2000000000000002", "status": 200, "action": "DeleteDataCache", "region": "r"}


@pytest.mark.parametrize(
    ("stage", "touched", "problems"),
    [
        (PlayedStage(1, REFUSED), 0, 0),
        (PlayedStage(0, REFUSED), 0, 1),
        (PlayedStage(1, "error: something else"), 0, 1),
        (PlayedStage(1, REFUSED, changes=True), 1, 1),
        (PlayedStage(1, REFUSED, calls=(DELETED,)), 1, 1),
        (PlayedStage(1, REFUSED, calls=({**DELETED, "action": "DescribeDataCaches"},)), 0, 0),
    ],
    ids=["refused", "accepted", "ended otherwise", "changed the state", "deleted", "looked"],
)
def test_a_run_with_keys_of_another_account_must_be_refused(stage: PlayedStage, touched: int, problems: int) -> None:
    runner = StormRunner(cast("Stage", stage), ALL, 1, lambda _line: None)

    runner._bring(Trouble.WRONG_ACCOUNT, 1, first(ALL))

    assert runner.tally.hits[Trouble.WRONG_ACCOUNT] == 1
    assert runner.tally.counts["touched"] == touched
    assert len(runner.tally.problems) == problems


def test_a_trouble_that_met_nothing_did_not_hit() -> None:
    """Each run starts its copy in another region than the one with late listings, and by a clock that is right."""
    runner = StormRunner(cast("Stage", None), ALL, 1, lambda _line: None)
    runner._settings = {"clock_ahead_seconds": 240.0, "regions": {"cn-hangzhou": {}}}
    turn = Turn("adopt", first(ALL).adopting(exact=True), ("up",), (), None)
    elsewhere = {"status": 200, "action": "CopyDataCache", "destination_region": "cn-shanghai", "params": {}}

    runner._collect_troubles([], turn)
    assert runner.tally.hits.total() == 0
    runner._collect_troubles([elsewhere, {**elsewhere, "status": 503}], turn)
    assert +runner.tally.hits == {Trouble.CLOCK_AHEAD: 1}
    assert runner.tally.planned[Trouble.LATE_LISTING] == runner.tally.planned[Trouble.ADOPTED_COPY] == 2


def test_a_dead_region_is_one_fault_however_many_calls_it_fails() -> None:
    assert storms_of._name_of({"kind": "http_error", "count": None}) == "dead region 503"
    assert storms_of._name_of({"kind": "http_error"}) == "http_error"
