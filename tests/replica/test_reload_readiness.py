"""Waiting for data that is reloaded: what looks usable right after the update may be the old content."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from typing import Any

import pulumi
import pytest

from components.clouds.copies import CopyState, Phase
from components.lifecycle import waiting
from components.replica.poller import Wait
from components.replica.readiness import Readiness
from tests.replica.fakes import HEAL, Clock, FakeService

SENT_AT = 1000.0


class Resource:
    id = pulumi.Output.from_input("edc-1")


class Reloading(FakeService):
    """A copy whose reload begins after `begins` seconds, takes 30 more and ends as `ends`; None: never begins."""

    begins: float | None = 5.0
    ends: CopyState = CopyState("edc-1", "Available", Phase.USABLE, 100)
    before: CopyState = CopyState("edc-1", "Available", Phase.USABLE, 100)

    def look_up(self, region: str, groups: Mapping[str, str]) -> dict[str, CopyState]:
        self.looks.append((self.clock.now, region, tuple(groups)))
        if self.begins is None or self.clock.now < self.begins:
            return {"edc-1": self.before}
        if self.clock.now < self.begins + 30:
            return {"edc-1": CopyState("edc-1", "Updating", Phase.COPYING, 40)}
        return {"edc-1": self.ends}


@pytest.fixture
def service(monkeypatch: pytest.MonkeyPatch) -> Reloading:
    monkeypatch.setattr(pulumi.log, "info", lambda *_, **__: None)
    return Reloading(Clock())


def waited(service: Reloading, *, sent_at: float = SENT_AT, timeout: str = "2h") -> str:
    clock = service.clock

    async def reload_sent_at() -> float:
        return sent_at

    async def main() -> str:
        waits = Readiness(clock, clock.sleep, lambda: SENT_AT + clock.now)
        resource: Any = Resource()
        wait = Wait(
            resource,
            "data_cache",
            lambda: service,
            "cn-hangzhou",
            "",
            "weights",
            timeout,
            HEAL,
            reload_sent_at=reload_sent_at,
        )
        return str(await waits.usable_id(wait, group=pulumi.Output.from_input(None)).future())

    return asyncio.run(asyncio.wait_for(main(), 20))


def test_available_counts_after_updating_was_seen(service: Reloading) -> None:
    assert waited(service) == "edc-1"
    assert 35 <= service.clock.now < 40


def test_available_counts_when_updating_was_missed_for_a_minute(service: Reloading) -> None:
    service.begins = None

    assert waited(service) == "edc-1"
    assert 60 <= service.clock.now < 65


def test_available_counts_at_once_where_nothing_was_sent(service: Reloading) -> None:
    assert waited(service, sent_at=0) == "edc-1"
    assert service.clock.now < 2


def test_available_counts_at_once_in_a_later_run(service: Reloading) -> None:
    assert waited(service, sent_at=SENT_AT - 100) == "edc-1"
    assert service.clock.now < 2


def test_failed_update_is_reported(service: Reloading, monkeypatch: pytest.MonkeyPatch) -> None:
    errors: list[str] = []
    monkeypatch.setattr(pulumi.log, "error", lambda text, **_: errors.append(text))
    service.ends = CopyState("edc-1", "UpdateFailed", Phase.OUTDATED, 90, "UpdateFailed: no such repository")

    with pytest.raises(pulumi.RunError):
        waited(service)

    problem = "waiting for weights: edc-1 in cn-hangzhou ended UpdateFailed (UpdateFailed: no such repository)"
    next_step = "fix the cause, then run `up --refresh`, which sends the update again"
    assert errors == [f"{problem}; its content is the one from before. Next: {next_step}."]


def test_failure_from_before_the_update_is_not_its_own(service: Reloading) -> None:
    service.before = CopyState("edc-1", "UpdateFailed", Phase.OUTDATED, 90)

    assert waited(service) == "edc-1"


def test_failed_update_of_somebody_else_is_usable(service: Reloading) -> None:
    service.begins, service.before = None, CopyState("edc-1", "UpdateFailed", Phase.OUTDATED, 90)

    assert waited(service, sent_at=0) == "edc-1"


def test_reload_that_does_not_begin_in_time(service: Reloading, monkeypatch: pytest.MonkeyPatch) -> None:
    errors: list[str] = []
    monkeypatch.setattr(pulumi.log, "error", lambda text, **_: errors.append(text))
    service.begins = None

    with pytest.raises(pulumi.RunError):
        waited(service, timeout="20s")

    assert "is still Available: the reload that was sent has not begun after 20s" in errors[0]


@pytest.mark.parametrize(("seconds", "reported"), [("2", 2.0), ("", 60.0)])
def test_one_variable_says_how_late_the_cloud_shows_what_it_has_accepted(
    monkeypatch: pytest.MonkeyPatch, seconds: str, reported: float
) -> None:
    monkeypatch.setenv("REPLICAS_CONSISTENCY_SECONDS", seconds)

    assert waiting.consistency_seconds() == reported
