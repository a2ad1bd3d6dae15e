from hypothesis import given, settings
from hypothesis import strategies as st

from sandbox.alibaba.ecs.image import Queued
from sandbox.alibaba.ecs.store import started_by
from sandbox.core.resource import Job

COPIES = st.lists(st.tuples(st.integers(0, 20), st.integers(0, 9)), max_size=8)


def queue(copies: list[tuple[int, int]]) -> list[Queued]:
    return [Queued(since=since, seconds=seconds) for since, seconds in sorted(copies, key=lambda copy: copy[0])]


def test_copies_start_one_after_another() -> None:
    jobs = started_by(100, [], queue([(0, 10), (0, 10), (5, 10)]), slots=1)

    assert [job.started for job in jobs] == [0, 10, 20]


def test_only_those_whose_turn_has_come_start() -> None:
    assert len(started_by(19.9, [], queue([(0, 10)] * 3), slots=1)) == 2


def test_a_copy_starts_in_the_first_place_that_is_free() -> None:
    running = [Job(started=0, seconds=30), Job(started=0, seconds=7)]

    assert [job.started for job in started_by(100, running, queue([(1, 5), (1, 5)]), slots=2)] == [7, 12]


def test_a_place_freed_by_a_cancellation_is_taken_no_earlier_than_seen() -> None:
    assert [job.started for job in started_by(50, [], queue([(50, 5)]), slots=1)] == [50]


@settings(deadline=None)
@given(copies=COPIES, slots=st.integers(1, 3), looks=st.lists(st.integers(0, 120), max_size=5))
def test_looking_in_between_changes_nothing(copies: list[tuple[int, int]], slots: int, looks: list[int]) -> None:
    waiting = queue(copies)
    at_once = started_by(1000, [], waiting, slots)
    jobs: list[Job] = []
    for now in [*sorted(looks), 1000]:
        known = [copy for copy in waiting[len(jobs) :] if copy.since <= now]
        jobs += started_by(now, jobs, known, slots)

    assert jobs == at_once
    assert len(jobs) == len(copies)


@settings(deadline=None)
@given(copies=COPIES, slots=st.integers(1, 3))
def test_never_more_run_than_there_are_slots(copies: list[tuple[int, int]], slots: int) -> None:
    jobs = started_by(1000, [], queue(copies), slots)

    for moment in range(120):
        assert sum(1 for job in jobs if job.started <= moment and not job.done(moment)) <= slots
