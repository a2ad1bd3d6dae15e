"""Waiting: how often the cloud is asked, how it ends, and that a failure never looks like a success."""

from __future__ import annotations

import asyncio
import signal
from collections.abc import Callable, Coroutine
from pathlib import Path
from typing import Any, cast

import pulumi
import pytest
from pulumi.output import UNKNOWN

from components.clouds.copies import CopyState, Phase
from components.clouds.errors import PermissionDenied, Throttled, Unavailable
from components.lifecycle import outcome
from components.replica import readiness
from components.replica.poller import Poller, Wait, next_look
from components.replica.readiness import Readiness
from tests.replica.fakes import HEAL, Clock, FakeService, failed


class Resource:
    """Stands for a registered resource: an id that becomes known when the test says so."""

    def __init__(self, id_: Any) -> None:
        self.id = pulumi.Output.from_input(id_)


class Logs:
    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.errors: list[str] = []
        self.infos: list[str] = []
        self.warnings: list[str] = []
        monkeypatch.setattr(pulumi.log, "warn", lambda text, **_: self.warnings.append(text))
        monkeypatch.setattr(pulumi.log, "error", lambda text, **_: self.errors.append(text))
        monkeypatch.setattr(pulumi.log, "info", lambda text, **_: self.infos.append(text))


@pytest.fixture
def logs(monkeypatch: pytest.MonkeyPatch) -> Logs:
    return Logs(monkeypatch)


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def service(clock: Clock) -> FakeService:
    return FakeService(clock)


Declare = Callable[..., "asyncio.Future[str]"]
Test = Callable[[Declare, Readiness], Coroutine[Any, Any, None]]


@pytest.fixture
def run(clock: Clock, service: FakeService) -> Callable[[Test], None]:
    """Run a test's coroutine with `declare(id, region=..., inputs=..., timeout=...)` -> future of the usable id."""

    def runner(test: Test) -> None:
        async def main() -> None:
            waits = Readiness(clock, clock.sleep)

            def declare(id_: Any, region: str = "cn-hangzhou", inputs: Any = None, timeout: str = "2h") -> Any:
                wait = Wait(Resource(id_), "data_cache", lambda: service, region, "", f"label of {id_}", timeout, HEAL)  # type: ignore[arg-type]
                return asyncio.ensure_future(waits.usable_id(wait, group=pulumi.Output.from_input(inputs)).future())

            await test(declare, waits)

        asyncio.run(asyncio.wait_for(main(), 20))

    return runner


def test_usable(run: Any, logs: Logs) -> None:
    async def test(declare: Declare, _: Readiness) -> None:
        assert await declare("edc-1") == "edc-1"

    run(test)
    assert (logs.errors, logs.infos) == ([], [])


def test_two_resources_that_are_one_thing(run: Any, service: FakeService, logs: Logs) -> None:
    del logs
    service.duration = 60

    async def test(declare: Declare, _: Readiness) -> None:
        first, second = await asyncio.gather(declare("edc-1"), declare("edc-1"))
        assert (first, second) == ("edc-1", "edc-1")

    run(test)


def test_regions_are_asked_together(run: Any, service: FakeService, logs: Logs) -> None:
    del logs
    service.duration = 600

    async def test(declare: Declare, _: Readiness) -> None:
        regions = {f"edc-{n}": ("cn-hangzhou", "cn-shanghai")[n % 2] for n in range(50)}
        await asyncio.gather(*(declare(id_, region) for id_, region in regions.items()))

    run(test)
    asked = {region: [ids for _, where, ids in service.looks if where == region] for _, region, _ in service.looks}
    assert {region: {len(ids) for ids in looks} for region, looks in asked.items()} == {
        "cn-hangzhou": {25},
        "cn-shanghai": {25},
    }


def test_kinds_of_one_service_have_pollers_of_their_own(clock: Clock, logs: Logs) -> None:
    """Two kinds may be copies in one service, and two services may have one name: neither answers for the other."""
    del logs
    images, snapshots = FakeService(clock, name="ecs", duration=60), FakeService(clock, name="ecs", duration=60)

    async def main() -> None:
        waits = Readiness(clock, clock.sleep)

        def declare(kind: str, service: FakeService, id_: str) -> Any:
            resource: Any = Resource(id_)
            wait = Wait(resource, kind, lambda: service, "cn-hangzhou", "", id_, "2h", HEAL)
            return waits.usable_id(wait, group=pulumi.Output.from_input(None)).future()

        await asyncio.gather(declare("image", images, "m-1"), declare("ecs_snapshot", snapshots, "s-1"))

    asyncio.run(asyncio.wait_for(main(), 20))
    assert {ids for _, _, ids in images.looks} == {("m-1",)}
    assert {ids for _, _, ids in snapshots.looks} == {("s-1",)}


@pytest.mark.parametrize("duration", [60, 600, 3600])
def test_end_is_noticed_soon_and_asked_for_seldom(
    run: Any, service: FakeService, clock: Clock, logs: Logs, duration: float
) -> None:
    del logs
    service.duration = duration

    async def test(declare: Declare, _: Readiness) -> None:
        await declare("edc-1")

    run(test)
    assert clock.now - duration <= min(0.05 * duration, 30) + 1
    assert len(service.looks) <= 100 + duration / 30


def test_progress_is_reported_when_there_is_news(run: Any, service: FakeService, logs: Logs) -> None:
    service.duration = 3600

    async def test(declare: Declare, _: Readiness) -> None:
        await declare("edc-1")

    run(test)
    assert logs.infos[0].startswith("copying: 0% (Loading)")
    assert any(line.startswith("copying: 25% (Loading), 15m") and "about 45m" in line for line in logs.infos)
    assert logs.infos[-1].startswith("usable after 1h00m")
    assert len(logs.infos) <= 3600 / 60 + 6


def test_failure_is_reported_at_once_and_the_others_are_waited_for(
    run: Any, service: FakeService, clock: Clock, logs: Logs
) -> None:
    service.duration = 900
    service.outcomes = {"edc-bad": failed("edc-bad")}

    async def test(declare: Declare, _: Readiness) -> None:
        bad, good = declare("edc-bad"), declare("edc-good", "cn-shanghai")
        with pytest.raises(pulumi.RunError, match=r"1 of 2 replicas are not usable \(label of edc-bad\)"):
            await bad
        assert clock.now >= 900
        assert await good == "edc-good"

    run(test)
    assert len(logs.errors) == 1
    assert "edc-bad in cn-hangzhou ended Failed (no such disk). Next: " in logs.errors[0]


def test_error_while_judging_ends_the_waits(run: Any, logs: Logs, monkeypatch: pytest.MonkeyPatch) -> None:
    """A poller that ended silently would leave its waits, and so the program, hanging."""
    del logs
    monkeypatch.setattr(Poller, "_judge", lambda *_: 1 / 0)

    async def test(declare: Declare, _: Readiness) -> None:
        ended = await asyncio.gather(declare("edc-1"), declare("edc-2"), return_exceptions=True)
        assert [type(each) for each in ended] == [ZeroDivisionError, ZeroDivisionError]

    run(test)


def test_error_unexpected_keeps_no_other_wait_from_ending(run: Any, service: FakeService, logs: Logs) -> None:
    service.errors = [ValueError("odd")]
    service.outcomes = {"edc-bad": failed("edc-bad")}

    async def test(declare: Declare, _: Readiness) -> None:
        with pytest.raises(ValueError, match="odd"):
            await declare("edc-odd")
        with pytest.raises(pulumi.RunError, match="1 of 2 replicas are not usable"):
            await declare("edc-bad", "cn-shanghai")

    run(test)
    assert len(logs.errors) == 1


def test_not_created_counts_as_failed(run: Any, service: FakeService, clock: Clock, logs: Logs) -> None:
    """An id that is unknown in an update: the engine has reported why, and the others are still waited for."""
    service.duration = 300

    async def test(declare: Declare, _: Readiness) -> None:
        unknown, good = declare(UNKNOWN), declare("edc-good")
        with pytest.raises(pulumi.RunError, match="1 of 2 replicas are not usable"):
            await unknown
        assert clock.now >= 300
        assert await good == "edc-good"

    run(test)
    assert logs.errors == []


def test_declared_but_not_started_is_waited_for(run: Any, service: FakeService, logs: Logs) -> None:
    """The barrier counts from the declaration: a copy that is still being registered is not left behind."""
    service.outcomes = {"edc-bad": failed("edc-bad")}

    async def test(declare: Declare, _: Readiness) -> None:
        late: asyncio.Future[str] = asyncio.get_running_loop().create_future()
        bad, good = declare("edc-bad"), declare(late)
        for _tick in range(200):
            await asyncio.sleep(0)
        assert not bad.done()
        late.set_result("edc-late")
        assert await good == "edc-late"
        with pytest.raises(pulumi.RunError):
            await bad

    run(test)
    assert len(logs.errors) == 1


def test_blocked_by_a_failed_one_is_not_waited_for(run: Any, service: FakeService, logs: Logs) -> None:
    service.outcomes = {"edc-bad": failed("edc-bad")}

    async def test(declare: Declare, _: Readiness) -> None:
        bad = declare("edc-bad")
        never: asyncio.Future[str] = asyncio.get_running_loop().create_future()
        declare(never, inputs=never)
        with pytest.raises(pulumi.RunError, match="1 could not be started: what they depend on is missing"):
            await bad
        never.cancel()

    run(test)
    assert len(logs.errors) == 1


def test_timeout(run: Any, service: FakeService, clock: Clock, logs: Logs) -> None:
    service.duration = 7200

    async def test(declare: Declare, _: Readiness) -> None:
        with pytest.raises(pulumi.RunError):
            await declare("edc-1", timeout="10m")

    run(test)
    assert 600 <= clock.now <= 660
    assert "is still Loading at" in logs.errors[0]
    assert "after 10m. Next: the copy continues and is in the state" in logs.errors[0]


def test_usable_at_the_last_look_is_no_timeout(run: Any, service: FakeService, logs: Logs) -> None:
    service.duration = 601

    async def test(declare: Declare, _: Readiness) -> None:
        assert await declare("edc-1", timeout="10m") == "edc-1"

    run(test)
    assert logs.errors == []


def test_new_copy_may_be_listed_late(run: Any, service: FakeService, clock: Clock, logs: Logs) -> None:
    async def test(declare: Declare, _: Readiness) -> None:
        service.outcomes = {"edc-1": None}
        waiting = declare("edc-1")
        await clock.reaches(40)
        service.outcomes = {}
        assert await waiting == "edc-1"

    run(test)
    assert logs.errors == []


def test_gone(run: Any, service: FakeService, clock: Clock, logs: Logs) -> None:
    service.outcomes = {"edc-1": None}

    async def test(declare: Declare, _: Readiness) -> None:
        with pytest.raises(pulumi.RunError):
            await declare("edc-1")

    run(test)
    assert 60 <= clock.now <= 100
    assert "edc-1 is not in cn-hangzhou: somebody deleted it. Next: run `up --refresh`" in logs.errors[0]


@pytest.mark.parametrize("was_seen", [False, True])
def test_copy_that_was_never_seen_is_waited_for_to_its_timeout(
    clock: Clock, service: FakeService, logs: Logs, was_seen: bool
) -> None:
    async def may_be_listed_late() -> bool:
        return not was_seen

    async def main() -> None:
        waits = Readiness(clock, clock.sleep)
        service.outcomes = {"edc-1": None}
        wait = Wait(Resource("edc-1"), "data_cache", lambda: service, "cn-hangzhou", "", "weights", "2h", HEAL)  # type: ignore[arg-type]
        wait.may_be_listed_late = may_be_listed_late
        with pytest.raises(pulumi.RunError):
            await waits.usable_id(wait, group=pulumi.Output.from_input(None)).future()

    asyncio.run(main())
    assert (clock.now > 7200) is not was_seen
    assert ("is not listed yet after 2h" in logs.errors[0]) is not was_seen


@pytest.mark.parametrize(
    ("owner", "reported"),
    [
        ({"account": "2", "endpoint_kind": "cloud"}, "it belongs to account 2; these credentials are of account 1"),
        ({"account": "1", "endpoint_kind": "loopback"}, "it belongs to account 1 (at a loopback endpoint); these cred"),
    ],
)
@pytest.mark.parametrize("has_expired", [False, True])
def test_wrong_account_is_not_gone_and_not_waited_for(
    clock: Clock, service: FakeService, logs: Logs, owner: dict[str, str], reported: str, has_expired: bool
) -> None:
    service.outcomes = {"edc-1": None}

    async def recorded() -> dict[str, str]:
        return owner

    async def expires() -> float | None:
        return 1000.0 if has_expired else None

    async def main() -> None:
        waits, resource = Readiness(clock, clock.sleep, lambda: 1000.0), cast("Any", Resource("edc-1"))
        wait = Wait(resource, "data_cache", lambda: service, "cn-hangzhou", "", "weights", "2h", HEAL, recorded)
        wait.expires = expires
        with pytest.raises(pulumi.RunError):
            await waits.usable_id(wait, group=pulumi.Output.from_input(None)).future()

    asyncio.run(main())
    assert clock.now < 5
    (error,) = logs.errors
    assert error.startswith(f"waiting for weights: edc-1 in cn-hangzhou is not listed: {reported}")


def test_owner_waits_for_what_is_listed_late(clock: Clock, service: FakeService) -> None:
    service.outcomes = {"edc-1": None}

    async def recorded() -> dict[str, str]:
        return {"account": "1", "endpoint_kind": "cloud"}

    async def main() -> None:
        waits, resource = Readiness(clock, clock.sleep), cast("Any", Resource("edc-1"))
        wait = Wait(resource, "data_cache", lambda: service, "cn-hangzhou", "", "weights", "2h", HEAL, recorded)
        waiting = asyncio.ensure_future(waits.usable_id(wait, group=pulumi.Output.from_input(None)).future())
        await clock.reaches(40)
        service.outcomes = {}
        assert await waiting == "edc-1"

    asyncio.run(main())


def test_what_was_usable_is_not_waited_for_in_a_region_without_answer(
    clock: Clock, logs: Logs, monkeypatch: pytest.MonkeyPatch
) -> None:
    """An outage is when the other replicas are needed: it takes no longer than one look."""
    monkeypatch.setattr("components.replica.poller.was_usable", lambda id_: id_ == "edc-1")

    class Silent(FakeService):
        def look_up(self, *_: Any) -> Any:
            raise Unavailable(doing="describing", code="503", message="down", next_step="wait")

    async def main() -> None:
        waits, resource = Readiness(clock, clock.sleep), cast("Any", Resource("edc-1"))
        wait = Wait(resource, "data_cache", lambda: Silent(clock), "cn-hangzhou", "", "weights", "2h", HEAL)
        with pytest.raises(pulumi.RunError):
            await waits.usable_id(wait, group=pulumi.Output.from_input(None)).future()

    asyncio.run(main())
    assert clock.now < 30
    assert "edc-1 was usable after an earlier run; describing: 503: down" in logs.errors[0]


def test_silent_region_is_reported_to_the_runner_once_and_not_by_each_replica(
    run: Any, service: FakeService, logs: Logs, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """The runner writes one line for the region; a look that is known to fail is not sent."""
    monkeypatch.setattr("components.replica.poller.was_usable", lambda id_: id_ != "edc-new")
    monkeypatch.setenv(outcome.UNREAD, str(tmp_path / "unread"))
    service.errors = [PermissionDenied(doing="describing", code="403", message="no", next_step="ask")]
    ended: list[str] = []

    async def test(declare: Declare, waits: Readiness) -> None:
        for ids in (["edc-1", "edc-2"], ["edc-3"]):
            for each in await asyncio.gather(*map(declare, ids), return_exceptions=True):
                assert isinstance(each, pulumi.RunError)
        assert await declare("edc-new", "cn-shanghai") == "edc-new"
        ended.append(waits.summary())

    run(test)

    assert [(each.region, each.service) for each in outcome.unread(tmp_path / "unread")] == [("cn-hangzhou", "fake")]
    assert logs.errors == []
    assert [look[1:] for look in service.looks] == [("cn-hangzhou", ("edc-1", "edc-2")), ("cn-shanghai", ("edc-new",))]
    assert ended == [
        (
            "3 of 4 replicas could not be looked at: no answer of the region "
            "(label of edc-1, label of edc-2, label of edc-3); no replica that was to go has been deleted"
        )
    ]


def test_expired_is_a_warning(clock: Clock, service: FakeService, logs: Logs) -> None:
    service.outcomes = {"edc-1": None}

    async def expires() -> float | None:
        return 1000.0

    async def main() -> None:
        waits = Readiness(clock, clock.sleep, lambda: 1000.0)
        resource: Any = Resource("edc-1")
        wait = Wait(resource, "data_cache", lambda: service, "cn-hangzhou", "", "weights", "2h", HEAL, expires=expires)
        assert await waits.usable_id(wait, group=pulumi.Output.from_input(None)).future() == "edc-1"

    asyncio.run(main())
    assert logs.errors == []
    assert len(logs.warnings) == 1
    assert "edc-1 in cn-hangzhou has expired. Next: run `up --refresh`, which copies it again." in logs.warnings[0]


def test_throttled_look_is_repeated(run: Any, service: FakeService, logs: Logs) -> None:
    service.errors = [Throttled(doing="looking", code="Throttling", message="slow down", next_step="wait")] * 5

    async def test(declare: Declare, _: Readiness) -> None:
        assert await declare("edc-1") == "edc-1"

    run(test)
    assert logs.errors == []


def test_refused_look_fails_all_of_the_region(run: Any, service: FakeService, logs: Logs) -> None:
    service.errors = [PermissionDenied(doing="looking", code="Forbidden", message="no", next_step="ask")]

    async def test(declare: Declare, _: Readiness) -> None:
        waits = declare("edc-1"), declare("edc-2")
        ended = await asyncio.gather(*waits, return_exceptions=True)
        assert [type(one) for one in ended] == [pulumi.RunError, pulumi.RunError]

    run(test)
    assert logs.errors == ["looking: Forbidden: no. Next: ask."] * 2


def test_interrupt_ends_all_waits_at_once(run: Any, service: FakeService, clock: Clock, logs: Logs) -> None:
    service.duration = 7200

    async def test(declare: Declare, waits: Readiness) -> None:
        waiting = declare("edc-1"), declare("edc-2", "cn-shanghai")
        await clock.reaches(10)
        waits.interrupt(readiness.STOPPED)
        ended = await asyncio.gather(*waiting, return_exceptions=True)
        assert [str(one) for one in ended] == [readiness.STOPPED] * 2

    run(test)
    assert clock.now < 60
    assert logs.errors == []


def test_interrupt_releases_the_barrier(run: Any, service: FakeService, clock: Clock, logs: Logs) -> None:
    service.duration = 7200
    service.outcomes = {"edc-bad": failed("edc-bad")}

    async def test(declare: Declare, waits: Readiness) -> None:
        waiting = declare("edc-bad"), declare("edc-2")
        await clock.reaches(10)
        waits.interrupt(readiness.STOPPED)
        ended = await asyncio.gather(*waiting, return_exceptions=True)
        assert [str(one) for one in ended] == [readiness.STOPPED] * 2

    run(test)
    assert len(logs.errors) == 1


@pytest.mark.parametrize(
    ("command", "nothing"),
    [
        ("destroy --run-program --yes", True),
        ("--non-interactive down --run-program -s prod", True),
        ("-C dir --color never refresh --run-program", True),
        ("--cwd=dir dn --run-program=true", True),
        ("up --yes", False),
        ("up --refresh --run-program -s refresh", False),
        ("-s destroy up", False),
        ("--cwd destroy preview", False),
        ("env run prod -- replicas destroy prod", False),
        ("", False),
    ],
)
def test_command_that_makes_nothing_is_known_by_its_name(command: str, nothing: bool) -> None:
    assert readiness.nothing_is_made(command.split()) is nothing


def test_replica_that_is_gone_or_was_never_made_does_not_hold_up_a_destroy(
    run: Any, service: FakeService, clock: Clock, logs: Logs, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(readiness, "_engine_command", lambda: ("destroy", "--run-program"))
    service.outcomes = {"edc-1": None}

    async def test(declare: Declare, _: Readiness) -> None:
        assert await declare("edc-1") == "edc-1"
        await declare(UNKNOWN)

    run(test)
    assert (clock(), service.looks, logs.errors) == (0, [], [])


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, signal.SIGHUP])
def test_signal_ends_the_program_in_one_line(number: signal.Signals) -> None:
    before = {each: signal.getsignal(each) for each in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)}
    try:
        readiness.end_cleanly_on_signals()
        with pytest.raises(pulumi.RunError, match="stopped: started copies continue in the cloud"):
            signal.raise_signal(number)

        signal.signal(signal.SIGHUP, signal.SIG_IGN)  # `nohup`
        readiness.end_cleanly_on_signals()
        assert signal.getsignal(signal.SIGHUP) is signal.SIG_IGN
    finally:
        for each, handler in before.items():
            signal.signal(each, handler)


@pytest.mark.parametrize(("is_made_usable", "ended_at"), [(True, 3600), (False, 7200)])
def test_what_a_creation_has_waited_is_not_waited_again(
    clock: Clock, service: FakeService, logs: Logs, is_made_usable: bool, ended_at: float
) -> None:
    """A native creation that gives up after its timeout has an id: the copy continues."""
    service.duration = 36000

    async def main() -> None:
        waits = Readiness(clock, clock.sleep)

        async def created() -> str:
            await clock.reaches(3600)
            return "m-1"

        wait = Wait(
            Resource(created()),  # type: ignore[arg-type]  # what is registered
            "image",
            lambda: service,
            "cn-hangzhou",
            "",
            "golden to cn-hangzhou",
            "1h",
            HEAL,
            is_made_usable=is_made_usable,
        )
        waiting = asyncio.ensure_future(waits.usable_id(wait, group=pulumi.Output.from_input("")).future())
        while not clock.now >= 3600:
            await clock.sleep(60)
        with pytest.raises(pulumi.RunError):
            await waiting

    asyncio.run(asyncio.wait_for(main(), 20))
    assert clock.now == pytest.approx(ended_at, abs=40)
    assert "is still Loading at" in logs.errors[0]


def test_next_look() -> None:
    assert next_look(0, 0) == 1
    assert next_look(100, 0) == 5
    assert next_look(3600, 10) == 30
    assert next_look(400, 99) == pytest.approx(4.04, abs=0.01)
    assert next_look(100, 100) == 5


def test_unknown_state_is_waited_for(run: Any, service: FakeService, logs: Logs) -> None:
    """A status that the reference does not name is no reason to give up."""
    service.outcomes = {"edc-1": CopyState("edc-1", "Thawing", Phase.COPYING, 1)}

    async def test(declare: Declare, _: Readiness) -> None:
        waiting = declare("edc-1")
        for _tick in range(200):
            await asyncio.sleep(0)
        service.outcomes = {}
        assert await waiting == "edc-1"

    run(test)
    assert logs.infos[0].startswith("copying: 1% (Thawing)")
