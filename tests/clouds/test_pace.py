"""Requests get moments of their own, so that no second holds more of them than it may."""

from __future__ import annotations

from collections.abc import Mapping
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from components.clouds.pace import Pace
from components.clouds.tencent import cbs, cvm

"""What the API allows, per second and action."""


class Time:
    """Passes only while somebody sleeps."""

    def __init__(self) -> None:
        self.now = 100.0
        self.slept: list[float] = []

    def sleep(self, seconds: float) -> None:
        self.slept.append(seconds)
        self.now += seconds

    def clock(self) -> float:
        return self.now


def paced(time: Time, **per_second: float) -> Pace:
    return Pace({"": 10.0, **per_second}, sleep=time.sleep, clock=time.clock)


def sent(time: Time, pace: Pace, action: str) -> float:
    pace.wait(action)
    return time.now


def test_first_request_does_not_wait() -> None:
    time = Time()

    paced(time).wait("Copy")

    assert time.slept == []


def test_burst_is_spaced_out() -> None:
    time = Time()
    pace = paced(time)

    moments = [sent(time, pace, "Copy") for _ in range(5)]

    assert [round(moment - 100, 3) for moment in moments] == [0, 0.1, 0.2, 0.3, 0.4]


def test_pause_saves_nothing_up() -> None:
    """A burst after a quiet hour would fill a second that begins in its middle."""
    time = Time()
    pace = paced(time)
    pace.wait("Copy")
    time.now += 3600

    moments = [sent(time, pace, "Copy") for _ in range(3)]

    assert [round(later - earlier, 3) for earlier, later in pairwise(moments)] == [0.1, 0.1]


def test_actions_do_not_wait_for_each_other() -> None:
    time = Time()
    pace = paced(time)

    for action in ("Copy", "Describe", "Delete"):
        pace.wait(action)

    assert time.slept == []


def test_action_with_a_limit_of_its_own() -> None:
    time = Time()
    pace = paced(time, Describe=2.0)

    moments = [sent(time, pace, "Describe") for _ in range(3)]

    assert [round(moment - 100, 3) for moment in moments] == [0, 0.5, 1.0]


@pytest.mark.parametrize(
    ("per_second", "read", "limits"),
    [(cbs.PER_SECOND, "DescribeSnapshots", (20, 20)), (cvm.PER_SECOND, "DescribeImages", (40, 10))],
)
def test_both_processes_together_stay_below_the_limit(
    per_second: Mapping[str, float], read: str, limits: tuple[int, int]
) -> None:
    """The program and the provider process both describe; only the provider process sends anything else."""
    assert 2 * per_second[read] < limits[0]
    assert per_second[""] < limits[1]


@given(
    st.lists(st.tuples(st.sampled_from(["Copy", "Describe"]), st.floats(0, 2)), max_size=60),
    st.integers(1, 20),
)
def test_law_no_second_holds_more_than_allowed(asked: list[tuple[str, float]], limit: int) -> None:
    time = Time()
    pace = Pace({"": float(limit)}, sleep=time.sleep, clock=time.clock)
    moments: dict[str, list[float]] = {"Copy": [], "Describe": []}
    for action, gap in asked:
        time.now += gap
        moments[action].append(sent(time, pace, action))

    for of_action in moments.values():
        assert all(later - first > 1 - 1e-6 for first, later in zip(of_action, of_action[limit:], strict=False))
