"""When the copies of a region start: a few run at a time, the others wait in the order of their requests.

A pure computation: what runs, what waits, and the current time. It is repeated at every read, so that a copy starts
at the very moment at which a slot became free, whether or not a call came then.
"""

from collections.abc import Sequence

from sandbox.alibaba.ecs.image import Queued
from sandbox.core.resource import Job


def started_by(now: float, running: Sequence[Job], waiting: Sequence[Queued], slots: int) -> list[Job]:
    """The jobs that the first of the waiting copies have become by now; those behind them still wait."""
    jobs = list(running)
    started: list[Job] = []
    turn = 0.0
    for copy in waiting:
        turn = max(turn, copy.since)
        moments = [turn, *sorted(job.ends for job in jobs if job.ends > turn)]
        turn = next(at for at in moments if sum(job.started <= at < job.ends for job in jobs) < slots)
        if turn > now:
            break
        job = copy.started(turn)
        jobs.append(job)
        started.append(job)
    return started
